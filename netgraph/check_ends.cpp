// Ends of links and networks that cannot be, or cannot be meant.
#include "netgraph/draft.hpp"
#include "netgraph/names.hpp"
#include "netgraph/segments.hpp"

namespace nsbuild::netgraph {
namespace {

constexpr std::uint32_t smallest_mtu_v6 = 1280;  // RFC 8200, section 5; below, Linux takes IPv6 off the device

void check_names(Draft& draft) {
  std::map<std::pair<std::size_t, std::string>, Mark> first;
  for (const Wire& wire : draft.wires) {
    for (const Side& side : wire.sides) {
      if (!side.place || !side.end->interface) continue;
      const specs::Located<std::string>& name = *side.end->interface;
      const std::string& place = draft.graph.places[*side.place].name;
      if (name.value == "lo") {
        draft.diagnostics.error(name.at, "\"lo\" is the loopback interface, it cannot be an end",
                                "its addresses stand under \"namespaces\": " + place + ": {interfaces: {lo: ...}}");
      } else if (const auto [other, fresh] = first.try_emplace({*side.place, name.value}, name.at); !fresh) {
        draft.diagnostics.error(name.at, "interface \"" + place + ':' + name.value + "\" is used twice")
            .notes.push_back({other->second, "also used here"});
      }
    }
  }
}

/// What an end that is a network says beyond its name would have to be said of the bridge or of its other ports.
void check_network_end(Draft& draft, const Wire& wire, const Side& side) {
  const specs::End& end = *side.end;
  const std::string& network = draft.graph.networks[*side.network].name;
  if (end.interface) {
    draft.diagnostics.error(end.interface->at, "\"" + network + "\" is a network: its ports get their names themselves",
                            "write just \"" + network + '"');
  }
  if (!end.addresses.empty()) {
    draft.diagnostics.error(end.addresses.front().at, "a network's own end has no addresses",
                            "give them to the end that joins it");
  }
  if (wire.subnets != nullptr && !wire.subnets->empty() &&
      wire.subnets != &draft.declared_networks[*side.network]->subnets) {
    draft.diagnostics
        .error(wire.subnets->front().at, "a link into a network takes its addresses from the network's subnet",
               "leave it out, or move it to network \"" + network + '"')
        .notes.push_back({draft.graph.networks[*side.network].at, "the network"});
  }
}

/// Bridges here run no spanning tree: a second way between two of them carries a broadcast round for ever.
void check_loops(Draft& draft) {
  DisjointSets joined(draft.graph.networks.size());
  for (const Wire& wire : draft.wires) {
    const auto a = wire.sides[0].network;
    const auto b = wire.sides[1].network;
    if (!a || !b || joined.join(*a, *b)) continue;
    const std::string& first = draft.graph.networks[*a].name;
    const std::string& second = draft.graph.networks[*b].name;
    draft.diagnostics.warning(wire.at,
                              a == b ? "network \"" + first + "\" is joined to itself"
                                     : "networks \"" + first + "\" and \"" + second + "\" are joined already",
                              "broadcasts would go round in this loop for ever");
  }
}

void check_mtu(Draft& draft, std::size_t interface) {
  const Origin& origin = draft.origins[interface];
  if (origin.mtu == nullptr || origin.mtu->value >= smallest_mtu_v6) return;
  std::optional<Mark> v6;
  for (const Address& address : draft.graph.interfaces[interface].addresses) {
    if (!v6 && address.prefix.address.family == Family::v6) v6 = address.at;
  }
  if (origin.subnets != nullptr) {
    for (const auto& subnet : *origin.subnets) {
      if (!v6 && subnet.value.address.family == Family::v6) v6 = subnet.at;
    }
  }
  if (!v6) return;
  draft.diagnostics
      .error(origin.mtu->at, "IPv6 needs an MTU of at least 1280 bytes, this is " + std::to_string(origin.mtu->value))
      .notes.push_back({*v6, "IPv6 is wanted here"});
}

}  // namespace

void check_ends(Draft& draft) {
  check_names(draft);
  for (const Wire& wire : draft.wires) {
    for (const Side& side : wire.sides) {
      if (side.network && side.end != nullptr) check_network_end(draft, wire, side);
    }
  }
  check_loops(draft);
  for (std::size_t i = 0; i < draft.graph.interfaces.size(); ++i) check_mtu(draft, i);
}

}  // namespace nsbuild::netgraph
