#include "engine/doctor.hpp"

#include "engine/capability.hpp"
#include "engine/fd.hpp"
#include "engine/linux/mark.hpp"
#include "engine/linux/netlink.hpp"
#include "engine/linux/rtnetlink.hpp"
#include "engine/rundir.hpp"

#include <array>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/pkt_sched.h>
#include <net/if.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

namespace nsbuild::engine {

namespace {

constexpr std::uint32_t loopback = 1;  // the index of `lo` in a new namespace (drivers/net/loopback.c)

/// One thing to try, in fresh namespaces of these kinds.
struct Trial {
  const char* name;
  const char* purpose;
  bool needed;
  int namespaces;
  void (*attempt)();
};

template <Table T>
void request(std::uint16_t type, std::uint16_t flags, const T& content) {
  Message message(type, flags);
  put_all(message, content);
  Netlink().request(message);
}

LinkMessage link_of_kind(const char* kind) {
  LinkMessage link;
  link.name = "trial";
  link.info = LinkInfo{kind, {}};
  return link;
}

void make_link(const char* kind) { request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, link_of_kind(kind)); }
void make_veth() { make_link("veth"); }
void make_bridge() { make_link("bridge"); }

void up_loopback() {
  LinkMessage link;
  link.header.ifi_index = loopback;
  link.header.ifi_flags = link.header.ifi_change = IFF_UP;
  request(RTM_SETLINK, 0, link);
}

void make_rule() {
  RuleMessage rule;
  rule.header.family = AF_INET;
  rule.header.action = FR_ACT_TO_TBL;
  rule.priority = 1000;
  rule.table = 100;
  request(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, rule);
}

void make_multipath_route() {
  up_loopback();
  RouteMessage route;
  route.header.rtm_family = AF_INET;
  route.header.rtm_dst_len = 24;
  route.header.rtm_type = RTN_UNICAST;
  route.header.rtm_protocol = RTPROT_STATIC;
  route.header.rtm_scope = RT_SCOPE_LINK;
  route.header.rtm_table = RT_TABLE_MAIN;
  route.to = IpAddress::parse("198.51.100.0");
  NextHopMessage hop;
  hop.header.rtnh_ifindex = static_cast<int>(loopback);
  route.nexthops = {hop, hop};
  request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, route);
}

void mark_address() {
  AddressMessage address;
  address.header.ifa_family = AF_INET;
  address.header.ifa_prefixlen = 32;
  address.header.ifa_index = loopback;
  address.local = address.address = IpAddress::parse("198.51.100.1");
  address.protocol = mark_protocol;
  request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, address);
  Message dump(RTM_GETADDR, 0);
  dump.put_header(ifaddrmsg{});
  for (const auto& seen : Netlink().dump<AddressMessage>(dump))
    if (seen.local == address.local && seen.protocol == mark_protocol) return;
  throw Error("the kernel forgets IFA_PROTO; it came with Linux 5.18");
}

/// A kind that the kernel has may still want to be told more (an id, a table): only "unknown" counts as missing.
void find_link_kind(const char* kind) {
  try {
    make_link(kind);
  } catch (const Refusal& refusal) {
    if (refusal.code() == EOPNOTSUPP) throw;
  }
}

void find_vlan() { find_link_kind("vlan"); }
void find_vrf() { find_link_kind("vrf"); }
void find_dummy() { find_link_kind("dummy"); }
void find_macvlan() { find_link_kind("macvlan"); }
void find_vxlan() { find_link_kind("vxlan"); }
void find_wireguard() { find_link_kind("wireguard"); }

/// tc(8): "netem" without its options is refused in another way than an unknown discipline is.
void find_netem() {
  QdiscMessage qdisc;
  qdisc.header.tcm_ifindex = static_cast<int>(loopback);
  qdisc.header.tcm_parent = TC_H_ROOT;
  qdisc.kind = "netem";
  try {
    request(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, qdisc);
  } catch (const Refusal& refusal) {
    if (refusal.code() == ENOENT || refusal.code() == EOPNOTSUPP) throw;
  }
}

void find_nftables() {
  Message question((NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_GETGEN, 0);
  question.put_header(nfgenmsg{AF_UNSPEC, NFNETLINK_V0, 0});
  Netlink(NETLINK_NETFILTER).request(question);
}

void make_procfs() {
  const Fd system(::fsopen("proc", FSOPEN_CLOEXEC));
  if (!system) throw SysError("fsopen proc");
  if (::fsconfig(system.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) throw SysError("make a procfs");
  if (!Fd(::fsmount(system.get(), FSMOUNT_CLOEXEC, 0))) throw SysError("mount a procfs nowhere");
}

/// The nearest directory that exists has to take new entries.
void write_run_directory() {
  std::filesystem::path directory = run_dir();
  while (!std::filesystem::exists(directory)) directory = directory.parent_path();
  if (::access(directory.c_str(), W_OK) != 0) throw SysError("write in " + directory.string());
}

void find_controllers() {
  std::ifstream mounts("/proc/self/mounts");
  std::string device, point, type, rest, controllers;
  while (mounts >> device >> point >> type && std::getline(mounts, rest)) {
    if (type != "cgroup2") continue;
    std::ifstream file(point + "/cgroup.controllers");
    if (std::getline(file, controllers) && !controllers.empty()) return;
    throw Error("the one at " + point + " has no controllers; cgroup v1 holds them");
  }
  throw Error("no cgroup2 is mounted");
}

void mount_or_throw(const char* what, const char* source, const char* target, const char* type, unsigned long flags,
                    const char* data) {
  if (::mount(source, target, type, flags, data) != 0) throw SysError(what);
}

void mount_overlay() {
  mount_or_throw("make the mounts private", nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
  mount_or_throw("mount a tmpfs", "tmpfs", "/tmp", "tmpfs", 0, nullptr);
  for (const char* directory : {"/tmp/lower", "/tmp/upper", "/tmp/work", "/tmp/merged"})
    std::filesystem::create_directory(directory);
  mount_or_throw("mount an overlay", "overlay", "/tmp/merged", "overlay", 0,
                 "lowerdir=/tmp/lower,upperdir=/tmp/upper,workdir=/tmp/work");
}

void nothing() {}

constexpr const char* lab_programs = "programs in a lab that use them; nsbuild itself does not";

constexpr std::array trials{
    Trial{"network namespaces", "everything", true, CLONE_NEWNET, nothing},
    Trial{"mount, PID, UTS and IPC namespaces", "services", true,
          CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC, nothing},
    Trial{"veth pairs", "links and networks", true, CLONE_NEWNET, make_veth},
    Trial{"bridges", "networks", true, CLONE_NEWNET, make_bridge},
    Trial{"marks on addresses", "knowing which addresses are nsbuild's own", true, CLONE_NEWNET, mark_address},
    Trial{"policy rules", "rules", false, CLONE_NEWNET, make_rule},
    Trial{"multipath routes", "routes with more than one next hop", false, CLONE_NEWNET, make_multipath_route},
    Trial{"overlay file systems", "mounts and files whose target the machine lacks", false, CLONE_NEWNS, mount_overlay},
    Trial{"a place for labs", "everything", true, 0, write_run_directory},
    Trial{"detached procfs", "sysctls that stay fast in labs of hundreds of namespaces", false, 0, make_procfs},
    Trial{"netem", lab_programs, false, CLONE_NEWNET, find_netem},
    Trial{"nftables", lab_programs, false, CLONE_NEWNET, find_nftables},
    Trial{"VLANs", lab_programs, false, CLONE_NEWNET, find_vlan},
    Trial{"VRFs", lab_programs, false, CLONE_NEWNET, find_vrf},
    Trial{"dummy devices", lab_programs, false, CLONE_NEWNET, find_dummy},
    Trial{"macvlan", lab_programs, false, CLONE_NEWNET, find_macvlan},
    Trial{"VXLAN", lab_programs, false, CLONE_NEWNET, find_vxlan},
    Trial{"WireGuard", lab_programs, false, CLONE_NEWNET, find_wireguard},
    Trial{"cgroup v2 controllers", lab_programs, false, 0, find_controllers},
};

/// The child's whole life. What it says on the pipe is why not; nothing means that it worked.
[[noreturn]] void run_trial(const Trial& trial, bool privileged, int pipe) noexcept {
  std::string refusal;
  try {
    if (::unshare(trial.namespaces | (privileged ? 0 : CLONE_NEWUSER)) != 0) throw SysError("unshare");
    trial.attempt();
  } catch (const std::exception& error) {
    refusal = error.what();
  }
  const auto written = ::write(pipe, refusal.data(), refusal.size());
  ::_exit(written == static_cast<ssize_t>(refusal.size()) ? 0 : 1);
}

std::string refusal_of(const Trial& trial, bool privileged) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw SysError("pipe");
  Fd from(ends[0]);
  Fd to(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) throw SysError("fork");
  if (child == 0) run_trial(trial, privileged, to.get());
  to.reset();
  std::string refusal;
  std::array<char, 512> buffer{};
  for (ssize_t got = 0; (got = ::read(from.get(), buffer.data(), buffer.size())) > 0;)
    refusal.append(buffer.data(), static_cast<std::size_t>(got));
  int status = 0;
  ::waitpid(child, &status, 0);
  if (refusal.empty() && status != 0) refusal = "the trial died of signal " + std::to_string(WTERMSIG(status));
  return refusal;
}

Finding capability(const char* name, Capability which, const char* purpose, bool needed) {
  return {name, purpose, needed, has(which) ? "" : "this process does not have it; run as root"};
}

}  // namespace

std::vector<Finding> examine() {
  std::vector<Finding> findings{
      capability("CAP_SYS_ADMIN", Capability::sys_admin, "apply, destroy, status, exec", true),
      capability("CAP_NET_ADMIN", Capability::net_admin, "apply, destroy, status, exec", true),
  };
  const bool privileged = findings[0].available() && findings[1].available();
  for (const Trial& trial : trials)
    findings.push_back({trial.name, trial.purpose, trial.needed, refusal_of(trial, privileged)});
  findings.push_back(capability("CAP_SYS_RESOURCE", Capability::sys_resource, "raising hard resource limits", false));
  return findings;
}

std::string kernel_version() {
  utsname name{};
  if (::uname(&name) != 0) throw SysError("uname");
  return std::string(name.sysname) + " " + name.release + " " + name.machine;
}

}  // namespace nsbuild::engine
