#include "planner/kinds/namespace.hpp"

#include "planner/script.hpp"
#include "planner/state.hpp"

namespace nsbuild::planner {

Key Namespace::identity() const { return key_of<Namespace>("", name); }
std::vector<Key> Namespace::needs() const { return {}; }
std::vector<Key> Namespace::owners() const { return {}; }
std::vector<std::string> Namespace::claims() const { return {}; }
Phase Namespace::phase() const { return Phase::namespaces; }

std::vector<Namespace> Namespace::desire(const netgraph::NetGraph& graph) {
  std::vector<Namespace> all;
  for (const netgraph::Place& place : graph.places)
    if (place.name != netgraph::host_place) all.push_back({.name = place.name});
  return all;
}

void Namespace::shell(Script& script, const Namespace* before, const Namespace* after) {
  const std::string& place = (after != nullptr ? after : before)->name;
  if (after == nullptr) return script.line("ip netns delete " + script.netns(place));
  if (before == nullptr) {
    script.line("ip netns add " + script.netns(place));
    // Link-local addresses of devices to come are usable at once.
    script.write_sysctl(place, "net/ipv6/conf/default/accept_dad", "0");
    script.write_sysctl(place, "net/ipv4/conf/lo/promote_secondaries", "1");
  }
  script.line(script.ip(place) + " link set dev lo " + (after->lo_up ? "up" : "down"));
}

}  // namespace nsbuild::planner
