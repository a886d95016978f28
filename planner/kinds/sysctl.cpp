#include "planner/kinds/sysctl.hpp"

#include "planner/origin.hpp"
#include "planner/script.hpp"
#include "planner/state.hpp"

#include <algorithm>
#include <array>

namespace nsbuild::planner {
namespace {

constexpr std::array forwarding_keys{"net.ipv4.ip_forward", "net.ipv4.conf.all.forwarding",
                                     "net.ipv6.conf.all.forwarding"};
constexpr std::array interface_trees{"net.ipv4.conf.", "net.ipv6.conf.", "net.ipv4.neigh.", "net.ipv6.neigh.",
                                     "net.mpls.conf."};

/// The file below /proc/sys: dots part directories, a slash stands for a dot inside a name (sysctl(8)).
std::string path_of(std::string key) {
  for (char& c : key) c = c == '.' ? '/' : c == '/' ? '.' : c;
  return key;
}

}  // namespace

std::string Sysctl::interface() const {
  for (const std::string tree : interface_trees) {
    if (!key.starts_with(tree)) continue;
    std::string dev = key.substr(tree.size(), key.find('.', tree.size()) - tree.size());
    std::replace(dev.begin(), dev.end(), '/', '.');
    return dev == "all" || dev == "default" ? "" : dev;
  }
  return {};
}

bool Sysctl::is_forwarding() const {
  return std::find(forwarding_keys.begin(), forwarding_keys.end(), key) != forwarding_keys.end();
}

bool Sysctl::disables_ipv6() const {
  return key.starts_with("net.ipv6.conf.") && key.ends_with(".disable_ipv6") &&
         key != "net.ipv6.conf.default.disable_ipv6" && value != "0";
}

/// A forwarding switch sets every interface's own, and for IPv4 accept_redirects of `all` (inet_forward_change in
/// net/ipv4/devinet.c, addrconf_fixup_forwarding in net/ipv6/addrconf.c).
bool Sysctl::resets(const Sysctl& other) const {
  if (!is_forwarding() || other.place != place || other.key == key || other.is_forwarding()) return false;
  const bool v4 = key.starts_with("net.ipv4.");
  return other.key.starts_with(v4 ? "net.ipv4.conf." : "net.ipv6.conf.") &&
         (other.key.ends_with(".forwarding") || other.key == "net.ipv4.conf.all.accept_redirects");
}

Key Sysctl::identity() const { return key_of<Sysctl>(place, key); }

std::vector<Key> Sysctl::needs() const { return owners(); }

std::vector<Key> Sysctl::owners() const {
  std::vector<Key> all{key_of<Namespace>("", place)};
  if (const std::string dev = interface(); !dev.empty()) all.push_back(interface_key(place, dev));
  return all;
}

std::vector<std::string> Sysctl::claims() const { return {}; }

Phase Sysctl::phase() const {
  if (is_forwarding()) return Phase::forwarding;
  return interface().empty() ? Phase::settings : Phase::device_settings;
}

std::vector<Sysctl> Sysctl::desire(const netgraph::NetGraph& graph) {
  std::vector<Sysctl> all;
  for (const netgraph::Place& place : graph.places)
    for (const netgraph::Sysctl& sysctl : place.sysctls)
      all.push_back(
          {.place = place.name, .key = sysctl.key, .value = sysctl.value, .origin = origin_of(graph, sysctl.at)});
  return all;
}

void Sysctl::shell(Script& script, const Sysctl* before, const Sysctl* after) {
  if (after != nullptr) return script.write_sysctl(after->place, path_of(after->key), after->value);
  script.line("# " + name(before->identity()) + " gets back the value from before nsbuild's first write");
}

}  // namespace nsbuild::planner
