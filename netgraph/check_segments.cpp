// What is legal within one layer 2 segment, but hardly meant: one address or one MAC address twice.
#include "netgraph/draft.hpp"
#include "netgraph/segments.hpp"

namespace nsbuild::netgraph {
namespace {

std::string name(const Draft& draft, const Interface& interface) {
  return draft.graph.places[interface.place].name + ':' + interface.name;
}

void check_addresses(Draft& draft, const std::vector<std::size_t>& members) {
  struct First {
    const Interface* interface;
    Mark at;
  };
  std::map<IpAddress, First> first;
  for (const std::size_t i : members) {
    const Interface& interface = draft.graph.interfaces[i];
    for (const Address& address : interface.addresses) {
      const auto [other, fresh] = first.try_emplace(address.prefix.address, First{&interface, address.at});
      if (fresh || other->second.interface->place == interface.place) continue;  // check_subnets has said so
      draft.diagnostics
          .warning(address.at, '"' + name(draft, interface) + "\" and \"" + name(draft, *other->second.interface) +
                                   "\" share a segment and the address " + address.prefix.address.text())
          .notes.push_back({other->second.at, "also given here"});
    }
  }
}

void check_macs(Draft& draft, const std::vector<std::size_t>& members) {
  std::map<MacAddress, const Interface*> first;
  for (const std::size_t i : members) {
    const Interface& interface = draft.graph.interfaces[i];
    const auto [other, fresh] = first.try_emplace(interface.mac.value_or(interface.derived_mac), &interface);
    if (fresh || !interface.mac) continue;
    specs::Diagnostic& warning = draft.diagnostics.warning(
        draft.origins[i].end->mac->at, '"' + name(draft, interface) + "\" and \"" + name(draft, *other->second) +
                                           "\" share a segment and the MAC address " + interface.mac->text());
    warning.notes.push_back({other->second->at, "the other interface"});
  }
}

}  // namespace

void check_segments(Draft& draft) {
  for (const std::vector<std::size_t>& members : segment_members(draft.graph, draft.segments)) {
    check_addresses(draft, members);
    check_macs(draft, members);
  }
}

}  // namespace nsbuild::netgraph
