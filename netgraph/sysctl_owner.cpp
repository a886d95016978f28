#include "netgraph/sysctl_owner.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace nsbuild::netgraph {
namespace {

/// Subtrees that the kernel registers per network namespace, and therefore shows in each. Of net.core only some are.
constexpr std::array<std::string_view, 24> owned{"net.ipv4",
                                                 "net.ipv6",
                                                 "net.netfilter",
                                                 "net.bridge",
                                                 "net.mptcp",
                                                 "net.unix",
                                                 "net.mpls",
                                                 "net.sctp",
                                                 "net.dccp",
                                                 "net.smc",
                                                 "net.vrf",
                                                 "net.ieee802154",
                                                 "net.rxrpc",
                                                 "net.core.somaxconn",
                                                 "net.core.optmem_max",
                                                 "net.core.txrehash",
                                                 "net.core.tstamp_allow_data",
                                                 "net.core.rps_default_mask",
                                                 "net.core.bypass_prot_mem",
                                                 "net.core.xfrm_acq_expires",
                                                 "net.core.xfrm_aevent_etime",
                                                 "net.core.xfrm_aevent_rseqth",
                                                 "net.core.xfrm_larval_drop",
                                                 "net.vsock"};

/// Exceptions to the above: only the initial namespace has them (net/ipv4/sysctl_net_ipv4.c `ipv4_table`,
/// net/ipv4/route.c `ipv4_route_table`, net/core/neighbour.c and others that call register_net_sysctl(&init_net, …)).
constexpr std::array<std::string_view, 30> machine_wide{"net.ipv4.tcp_mem",
                                                        "net.ipv4.udp_mem",
                                                        "net.ipv4.tcp_max_orphans",
                                                        "net.ipv4.tcp_low_latency",
                                                        "net.ipv4.tcp_available_ulp",
                                                        "net.ipv4.fib_sync_mem",
                                                        "net.ipv4.inet_peer_maxttl",
                                                        "net.ipv4.inet_peer_minttl",
                                                        "net.ipv4.inet_peer_threshold",
                                                        "net.ipv4.ipfrag_secret_interval",
                                                        "net.ipv4.cipso_cache_bucket_size",
                                                        "net.ipv4.cipso_cache_enable",
                                                        "net.ipv4.cipso_rbm_optfmt",
                                                        "net.ipv4.cipso_rbm_strictvalid",
                                                        "net.ipv4.neigh.default",
                                                        "net.ipv4.route.error_burst",
                                                        "net.ipv4.route.error_cost",
                                                        "net.ipv4.route.gc_elasticity",
                                                        "net.ipv4.route.gc_interval",
                                                        "net.ipv4.route.gc_min_interval",
                                                        "net.ipv4.route.gc_min_interval_ms",
                                                        "net.ipv4.route.gc_thresh",
                                                        "net.ipv4.route.gc_timeout",
                                                        "net.ipv4.route.max_size",
                                                        "net.ipv6.calipso_cache_bucket_size",
                                                        "net.ipv6.calipso_cache_enable",
                                                        "net.ipv6.ip6frag_secret_interval",
                                                        "net.ipv6.mld_max_msf",
                                                        "net.ipv6.neigh.default",
                                                        "net.netfilter.nf_log_all_netns"};

/// Each namespace shows them, and none but the initial one, if any, can write them.
constexpr std::array<std::string_view, 12> read_only{"net.ipv4.tcp_allowed_congestion_control",
                                                     "net.ipv4.tcp_available_congestion_control",
                                                     "net.ipv4.tcp_ehash_entries",
                                                     "net.ipv4.udp_hash_entries",
                                                     "net.ipv4.conf.all.mc_forwarding",
                                                     "net.ipv6.conf.all.mc_forwarding",
                                                     "net.mptcp.available_path_managers",
                                                     "net.mptcp.available_schedulers",
                                                     "net.netfilter.nf_conntrack_max",
                                                     "net.netfilter.nf_conntrack_buckets",
                                                     "net.netfilter.nf_conntrack_count",
                                                     "net.netfilter.nf_conntrack_expect_max"};

constexpr std::array<std::string_view, 2> actions{"net.ipv4.route.flush", "net.ipv6.route.flush"};

/// True when the key is one of these, or lies below one.
template <std::size_t N>
bool is_in(const std::array<std::string_view, N>& subtrees, std::string_view key) {
  return std::any_of(subtrees.begin(), subtrees.end(), [&](std::string_view subtree) {
    return key.starts_with(subtree) && (key.size() == subtree.size() || key[subtree.size()] == '.');
  });
}

}  // namespace

std::string foreign_sysctl(const SysctlKey& key) {
  const std::string text = key.text();
  if (!text.starts_with("net.")) return "only net.* belongs to network namespaces";
  if (is_in(machine_wide, text)) return "the kernel has one for the whole machine";
  if (is_in(read_only, text)) return "it is read-only in a namespace";
  if (is_in(actions, text)) return "writing it does something at once, it has no value to keep";
  if (is_in(owned, text)) return {};
  return text.starts_with("net.core.") ? "it is the whole machine's" : "namespaces have no settings below this";
}

}  // namespace nsbuild::netgraph
