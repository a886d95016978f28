// What is legal within one namespace, but hardly meant: an address on two interfaces, overlapping subnets.
#include "netgraph/draft.hpp"

#include <algorithm>

namespace nsbuild::netgraph {
namespace {

/// An address of the namespace that is being looked at.
struct Held {
  IpPrefix subnet;
  std::size_t interface = 0;
  const Address* address = nullptr;
};

bool is_link_local_v6(const IpAddress& ip) { return ip.family == Family::v6 && ip.is_link_local(); }

std::vector<Held> addresses_of(const NetGraph& graph, const Place& place) {
  std::vector<Held> held;
  for (const std::size_t i : place.interfaces) {
    for (const Address& address : graph.interfaces[i].addresses) {
      if (!is_link_local_v6(address.prefix.address)) held.push_back({address.prefix.network(), i, &address});
    }
  }
  return held;
}

void check_same_address(Draft& draft, const std::vector<Held>& addresses) {
  std::map<IpAddress, const Held*> first;
  for (const Held& held : addresses) {
    const auto [other, fresh] = first.try_emplace(held.address->prefix.address, &held);
    if (fresh || other->second->interface == held.interface) continue;
    const std::string& place = draft.graph.places[draft.graph.interfaces[held.interface].place].name;
    draft.diagnostics
        .warning(held.address->at, '"' + place + "\" has the address " + held.address->prefix.address.text() + " on " +
                                       draft.graph.interfaces[held.interface].name + " and on " +
                                       draft.graph.interfaces[other->second->interface].name)
        .notes.push_back({other->second->address->at, "also given here"});
  }
}

void warn_of_overlap(Draft& draft, const Held& outer, const Held& inner) {
  const bool swap = inner.address->at < outer.address->at;
  const Held& later = swap ? outer : inner;
  const Held& earlier = swap ? inner : outer;
  const std::string& place = draft.graph.places[draft.graph.interfaces[later.interface].place].name;
  draft.diagnostics
      .warning(later.address->at,
               "the subnet " + later.subnet.text() + " of \"" + place + ':' +
                   draft.graph.interfaces[later.interface].name + "\" overlaps with that of " +
                   draft.graph.interfaces[earlier.interface].name,
               "only one of the two interfaces will be used for it")
      .notes.push_back({earlier.address->at, earlier.subnet.text() + " comes from here"});
}

/// Prefixes either nest or are apart: sorted, each one's enclosing ones are those on the stack.
void check_overlap(Draft& draft, std::vector<Held> addresses) {
  std::erase_if(addresses, [&](const Held& held) {
    return held.subnet.is_host() || held.subnet.is_default() || draft.graph.interfaces[held.interface].name == "lo";
  });
  std::stable_sort(addresses.begin(), addresses.end(),
                   [](const Held& x, const Held& y) { return x.subnet < y.subnet; });
  std::vector<const Held*> enclosing;
  for (const Held& held : addresses) {
    while (!enclosing.empty() && !enclosing.back()->subnet.overlaps(held.subnet)) enclosing.pop_back();
    const auto other = std::find_if(enclosing.rbegin(), enclosing.rend(),
                                    [&](const Held* each) { return each->interface != held.interface; });
    const bool reported =
        other != enclosing.rend() && (*other)->address->prefix.address == held.address->prefix.address;
    if (other != enclosing.rend() && !reported) warn_of_overlap(draft, **other, held);
    // One of each interface is enough to overlap with, and keeps the stack as short as the nesting.
    if (enclosing.empty() || enclosing.back()->subnet != held.subnet || enclosing.back()->interface != held.interface) {
      enclosing.push_back(&held);
    }
  }
}

}  // namespace

void check_subnets(Draft& draft) {
  for (const Place& place : draft.graph.places) {
    if (place.name == switch_place) continue;
    const std::vector<Held> addresses = addresses_of(draft.graph, place);
    check_same_address(draft, addresses);
    check_overlap(draft, addresses);
  }
}

}  // namespace nsbuild::netgraph
