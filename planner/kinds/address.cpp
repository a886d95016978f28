#include "planner/kinds/address.hpp"

#include "planner/script.hpp"
#include "planner/state.hpp"
#include "planner/words.hpp"

namespace nsbuild::planner {

Key Address::identity() const { return key_of<Address>(place, place + ":" + dev + " " + prefix.text()); }
std::vector<Key> Address::needs() const { return owners(); }
std::vector<Key> Address::owners() const { return {key_of<Namespace>("", place), interface_key(place, dev)}; }

std::vector<std::string> Address::claims() const {
  // An interface holds an IPv6 address once, whatever its length (ipv6_chk_same_addr in net/ipv6/addrconf.c).
  if (prefix.address.family == Family::v6) return {place + ":" + dev + " " + prefix.address.text()};
  return {};
}

Phase Address::phase() const { return Phase::addresses; }

std::string Address::order() const {
  const std::string number = std::to_string(position);
  return place + ":" + dev + " " + std::string(10 - number.size(), '0') + number;
}

std::vector<Address> Address::desire(const netgraph::NetGraph& graph) {
  std::vector<Address> all;
  for (const netgraph::Interface& interface : graph.interfaces)
    for (std::uint32_t position = 0; const netgraph::Address& address : interface.addresses)
      all.push_back({.place = graph.places.at(interface.place).name,
                     .dev = interface.name,
                     .prefix = address.prefix,
                     .position = position++});
  return all;
}

void Address::shell(Script& script, const Address* before, const Address* after) {
  const Address& some = after != nullptr ? *after : *before;
  const bool v6 = some.prefix.address.family == Family::v6;
  const std::string what = some.prefix.text() + " dev " + quoted(some.dev);
  if (after == nullptr) return script.line(script.ip(some.place) + " address delete " + what);
  if (before == nullptr) script.line(script.ip(some.place) + " address add " + what + (v6 ? " nodad" : ""));
}

}  // namespace nsbuild::planner
