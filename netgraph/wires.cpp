// From the ends that links and networks say to the veth pairs that they mean.
#include "netgraph/draft.hpp"
#include "netgraph/names.hpp"
#include "netgraph/unknown.hpp"

#include <algorithm>

namespace nsbuild::netgraph {
namespace {

Side resolve(const Draft& draft, const specs::End& end, bool in_link, UnknownPlaces& unknown) {
  Side side{.end = &end};
  if (const auto place = draft.places.find(end.place.value);
      place != draft.places.end() && end.place.value != switch_place) {
    side.place = place->second;
  } else if (const auto network = draft.networks.find(end.place.value); in_link && network != draft.networks.end()) {
    side.network = network->second;
  } else {
    unknown[end.place.value].push_back(end.place.at);
  }
  return side;
}

/// A link one of whose ends is a network takes what it does not say itself from there.
Wire lower(const Draft& draft, const specs::Link& link, UnknownPlaces& unknown) {
  Wire wire{.subnets = &link.subnets, .mtu = link.mtu ? &*link.mtu : nullptr, .at = link.at};
  for (std::size_t i = 0; i < wire.sides.size() && i < link.ends.size(); ++i) {
    Side& side = wire.sides[i];
    side = resolve(draft, link.ends[i], true, unknown);
    if (!side.network) continue;
    const specs::Network& network = *draft.declared_networks[*side.network];
    if (link.subnets.empty()) wire.subnets = &network.subnets;
    if (wire.mtu == nullptr && network.mtu) wire.mtu = &*network.mtu;
  }
  return wire;
}

Wire lower(const Draft& draft, const specs::Network& network, std::size_t index, const specs::End& end,
           UnknownPlaces& unknown) {
  Wire wire{.subnets = &network.subnets, .mtu = network.mtu ? &*network.mtu : nullptr, .at = end.at};
  wire.sides[0] = resolve(draft, end, false, unknown);
  wire.sides[1].network = index;
  return wire;
}

/// A links or networks entry; they are numbered together.
struct Entry {
  std::size_t order = 0;
  const specs::Link* link = nullptr;
  const specs::Network* network = nullptr;
};

std::vector<Entry> entries_in_file_order(const specs::Spec& spec) {
  std::vector<Entry> entries;
  for (const specs::Link& link : spec.links) entries.push_back({.order = link.order, .link = &link});
  for (const specs::Network& network : spec.networks) entries.push_back({.order = network.order, .network = &network});
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& x, const Entry& y) { return x.order < y.order; });
  return entries;
}

Interface make_interface(const Draft& draft, const Side& side) {
  const std::string& place = draft.graph.places[*side.place].name;
  Interface made{.name = side.name, .place = *side.place};
  // Two labs' ends meet in the host's namespace under equal names; their MACs must differ all the same.
  made.derived_mac = derive_mac(place == host_place ? place + '.' + draft.graph.lab : place, side.name);
  return made;
}

/// What the port is called when there was no limit: after its peer.
std::string full_port_name(const Draft& draft, const Wire& wire, const Side& side) {
  const Side& peer = &side == wire.sides.data() ? wire.sides[1] : wire.sides[0];
  if (peer.place) return draft.graph.places[*peer.place].name + '.' + peer.name;
  const std::string own = draft.graph.networks[*side.network].name;
  return own + '.' + (peer.network ? draft.graph.networks[*peer.network].name : peer.end->place.value);
}

Interface make_port(const Draft& draft, const Wire& wire, const Side& side, std::set<std::string>& port_names) {
  Interface made{.place = draft.places.at(switch_place), .network = side.network};
  const std::string full = full_port_name(draft, wire, side);
  std::string unique = full;
  for (unsigned n = 2; port_names.contains(unique); ++n) unique = full + '.' + std::to_string(n);  // a second link
  port_names.insert(unique);
  made.name = unique;
  if (unique.size() > max_interface_name) {
    unsigned salt = 0;
    do made.name = shortened_port(unique, salt++);
    while (!port_names.insert(made.name).second);
    made.altname = unique;
  }
  made.derived_mac = derive_mac(switch_place, unique);
  return made;
}

void apply_end(Interface& made, const specs::End& end) {
  for (const specs::Located<IpPrefix>& address : end.addresses) {
    made.addresses.push_back({.prefix = address.value, .at = address.at});
  }
  if (end.mac) made.mac = end.mac->value;
  if (end.up) made.up = end.up->value;
  made.at = end.at;
}

std::optional<std::size_t> add_side(Draft& draft, const Wire& wire, const Side& side,
                                    std::set<std::string>& port_names) {
  if (!side.place && !side.network) return std::nullopt;
  Interface made = side.place ? make_interface(draft, side) : make_port(draft, wire, side, port_names);
  made.at = wire.at;
  if (side.end != nullptr) apply_end(made, *side.end);
  const auto* mtu = side.end != nullptr && side.end->mtu ? &*side.end->mtu : wire.mtu;
  if (mtu != nullptr) made.mtu = mtu->value;
  const std::size_t index = draft.graph.interfaces.size();
  draft.graph.places[made.place].interfaces.push_back(index);
  draft.graph.interfaces.push_back(std::move(made));
  draft.origins.push_back({.end = side.end, .subnets = side.place ? wire.subnets : nullptr, .mtu = mtu});
  return index;
}

void add_loopback(Draft& draft, std::size_t place) {
  for (const specs::Interface& said : draft.declared[place]->interfaces) {
    if (said.name.value != "lo") continue;
    Interface lo{.name = "lo", .place = place, .at = said.name.at};
    for (const auto& address : said.addresses) lo.addresses.push_back({.prefix = address.value, .at = address.at});
    draft.graph.places[place].interfaces.push_back(draft.graph.interfaces.size());
    draft.graph.interfaces.push_back(std::move(lo));
    draft.origins.emplace_back();
  }
}

}  // namespace

void lower_ends(Draft& draft) {
  UnknownPlaces unknown;
  for (const Entry& entry : entries_in_file_order(draft.spec)) {
    if (entry.link != nullptr) {
      draft.wires.push_back(lower(draft, *entry.link, unknown));
      continue;
    }
    const std::size_t index = draft.networks.at(entry.network->name.value);
    for (const specs::End& end : entry.network->ends) {
      draft.wires.push_back(lower(draft, *entry.network, index, end, unknown));
    }
  }
  report_unknown(draft, unknown);
}

void name_interfaces(Draft& draft) {
  std::vector<std::set<std::string, std::less<>>> taken(draft.graph.places.size());
  std::vector<unsigned> next(draft.graph.places.size(), 0);
  for (Wire& wire : draft.wires) {
    for (Side& side : wire.sides) {
      if (!side.place || !side.end->interface) continue;
      side.name = side.end->interface->value;
      taken[*side.place].insert(side.name);
    }
  }
  for (Wire& wire : draft.wires) {
    for (Side& side : wire.sides) {
      if (!side.place || !side.name.empty()) continue;
      do side.name = "eth" + std::to_string(next[*side.place]++);
      while (taken[*side.place].contains(side.name));
    }
  }
}

void make_interfaces(Draft& draft) {
  for (std::size_t place = 0; place < draft.declared.size(); ++place) {
    if (draft.declared[place] != nullptr) add_loopback(draft, place);
  }
  std::set<std::string> port_names;
  for (const Wire& wire : draft.wires) {
    const auto a = add_side(draft, wire, wire.sides[0], port_names);
    const auto b = add_side(draft, wire, wire.sides[1], port_names);
    if (a && b) draft.graph.links.push_back({.a = *a, .b = *b, .at = wire.at});
  }
}

}  // namespace nsbuild::netgraph
