#include "netgraph/onlink.hpp"

namespace nsbuild::netgraph {

OnLink::OnLink(const NetGraph& graph, std::size_t place) : graph_(graph), place_(place) {
  for (const std::size_t i : graph.places[place].interfaces) {
    const Interface& interface = graph.interfaces[i];
    by_name_.emplace(interface.name, i);
    for (const Address& address : interface.addresses) {
      own_.emplace(address.prefix.address, &address);
      const bool v6 = address.prefix.address.family == Family::v6;
      // fib_add_ifaddr() in net/ipv4/fib_frontend.c leaves /32 and what is on lo to the table `local`.
      if (v6 || (!address.prefix.is_host() && interface.name != "lo")) {
        connected_.emplace(address.prefix.network(), &address);
      }
      if (!address.prefix.is_host() && interface.name != "lo") add(address.prefix.network(), i);
    }
  }
}

void OnLink::add(const IpPrefix& prefix, std::size_t interface) {
  prefixes_[prefix].push_back(interface);
  lengths_[static_cast<std::size_t>(prefix.address.family)].insert(prefix.length);
}

std::optional<std::size_t> OnLink::interface_to(const IpAddress& address, std::string_view dev) const {
  std::optional<std::size_t> down;
  for (const unsigned length : lengths_[static_cast<std::size_t>(address.family)]) {
    const auto found = prefixes_.find(IpPrefix{address, static_cast<std::uint8_t>(length)}.network());
    if (found == prefixes_.end()) continue;
    for (const std::size_t i : found->second) {
      if (!dev.empty() && graph_.interfaces[i].name != dev) continue;
      if (graph_.interfaces[i].up) return i;
      if (!down) down = i;
    }
  }
  return down;
}

const Address* OnLink::own(const IpAddress& address) const {
  const auto found = own_.find(address);
  return found == own_.end() ? nullptr : found->second;
}

const Address* OnLink::connected(const IpPrefix& prefix) const {
  const auto found = connected_.find(prefix);
  return found == connected_.end() ? nullptr : found->second;
}

std::optional<std::size_t> OnLink::named(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? std::nullopt : std::optional(found->second);
}

std::string OnLink::subnets(Family family) const {
  constexpr unsigned enough = 4;  // a hint, not a listing
  std::string text;
  unsigned count = 0;
  std::set<std::pair<IpPrefix, std::size_t>> said;
  for (const std::size_t i : graph_.places[place_].interfaces) {
    for (const Address& address : graph_.interfaces[i].addresses) {
      const IpPrefix subnet = address.prefix.network();
      if (subnet.address.family != family || subnet.is_host() || !said.emplace(subnet, i).second) continue;
      if (count++ == enough) return text + ", ...";
      text += (text.empty() ? "" : ", ") + subnet.text() + " (" + graph_.interfaces[i].name + ")";
    }
  }
  return text;
}

}  // namespace nsbuild::netgraph
