#include "planner/kinds/bridge.hpp"

#include "planner/script.hpp"
#include "planner/state.hpp"
#include "planner/words.hpp"

namespace nsbuild::planner {

Key Bridge::identity() const { return key_of<Bridge>(place, place + ":" + name); }
std::vector<Key> Bridge::needs() const { return owners(); }
std::vector<Key> Bridge::owners() const { return {key_of<Namespace>("", place)}; }
std::vector<std::string> Bridge::claims() const { return {place + ":" + name}; }
Phase Bridge::phase() const { return Phase::devices; }

std::vector<Bridge> Bridge::desire(const netgraph::NetGraph& graph) {
  std::vector<Bridge> all;
  for (const netgraph::Network& network : graph.networks)
    all.push_back(
        {.place = netgraph::switch_place, .name = network.name, .birth_mac = network.derived_mac, .mtu = network.mtu});
  return all;
}

void Bridge::shell(Script& script, const Bridge* before, const Bridge* after) {
  const Bridge& some = after != nullptr ? *after : *before;
  const std::string ip = script.ip(some.place), name = quoted(some.name);
  if (after == nullptr) return script.line(ip + " link delete dev " + name);
  if (before == nullptr)
    script.line(ip + " link add name " + name + (after->birth_mac ? " address " + after->birth_mac->text() : "") +
                " type bridge");
  // Not while adding: only a bridge whose MTU was set later keeps it when a port comes (net/bridge/br_device.c).
  if (after->mtu && (before == nullptr || before->mtu != after->mtu))
    script.line(ip + " link set dev " + name + " mtu " + std::to_string(*after->mtu));
  if (before == nullptr ? after->up : before->up != after->up)
    script.line(ip + " link set dev " + name + (after->up ? " up" : " down"));
}

}  // namespace nsbuild::planner
