// Addresses as such: twice on an interface, outside their subnet, of a kind that no interface can have.
#include "netgraph/draft.hpp"

#include <algorithm>

namespace nsbuild::netgraph {
namespace {

const IpPrefix loopback_v4{.address = *IpAddress::parse("127.0.0.0"), .length = 8};
const IpPrefix this_network{.address = *IpAddress::parse("0.0.0.0"), .length = 8};  // RFC 791, section 3.2

std::string name(const Draft& draft, const Interface& interface) {
  return '"' + draft.graph.places[interface.place].name + ':' + interface.name + '"';
}

void check_twice(Draft& draft, const Interface& interface) {
  std::map<IpAddress, Mark> first;
  for (const Address& address : interface.addresses) {
    const auto [other, fresh] = first.try_emplace(address.prefix.address, address.at);
    if (fresh) continue;
    draft.diagnostics
        .error(address.at, name(draft, interface) + " gets the address " + address.prefix.address.text() + " twice")
        .notes.push_back({other->second, "also given here"});
  }
}

/// What addrconf_add_ifaddr() and ipv6_add_addr() in the kernel's net/ipv6/addrconf.c refuse; IPv4 takes anything.
void check_kind(Draft& draft, const Interface& interface, const Address& address) {
  const IpAddress& ip = address.prefix.address;
  const bool v6 = ip.family == Family::v6;
  if (ip.is_multicast() || ip.is_unspecified()) {
    draft.diagnostics.error(address.at, ip.text() + " cannot be an interface's address",
                            ip.is_multicast() ? "it is a multicast address" : "it means \"no address\"");
  } else if (interface.name == "lo") {
    const bool is_there = v6 ? ip.is_loopback() : address.prefix.text() == "127.0.0.1/8";
    if (is_there) draft.diagnostics.error(address.at, "lo has " + ip.text() + " already", "every namespace does");
  } else if (v6 && ip.is_loopback()) {
    draft.diagnostics.error(address.at, "::1 can only be on lo", "every namespace has it there already");
  } else if (!v6 && (loopback_v4.contains(ip) || this_network.contains(ip))) {
    draft.diagnostics.warning(
        address.at, "nobody can reach " + ip.text(),
        loopback_v4.contains(ip) ? "127.0.0.0/8 never leaves a machine" : "0.0.0.0/8 means \"this network\"");
  }
}

void check_host_part(Draft& draft, const Address& address) {
  const IpPrefix& prefix = address.prefix;
  if (prefix.length + 1 >= prefix.address.bits() || prefix.address.is_link_local()) return;  // RFC 3021, RFC 6164
  const bool v4 = prefix.address.family == Family::v4;
  if (prefix.network().address == prefix.address) {
    draft.diagnostics.warning(address.at, prefix.text() + (v4 ? " is the address of the network itself"
                                                              : " is the subnet-router anycast address"));
  } else if (v4 && prefix.last() == prefix.address) {
    draft.diagnostics.warning(address.at, prefix.text() + " is the broadcast address of its network");
  }
}

void check_inside(Draft& draft, const Interface& interface, const Origin& origin) {
  if (origin.subnets == nullptr) return;
  for (const Address& address : interface.addresses) {
    const IpAddress& ip = address.prefix.address;
    if (ip.family == Family::v6 && ip.is_link_local()) continue;  // belongs to every IPv6 link
    const auto same_family = [&](const auto& subnet) { return subnet.value.address.family == ip.family; };
    const auto subnet = std::find_if(origin.subnets->begin(), origin.subnets->end(), same_family);
    if (subnet == origin.subnets->end() || subnet->value.contains(ip)) continue;
    draft.diagnostics
        .error(address.at, "the address " + address.prefix.text() + " is outside the subnet " + subnet->value.text())
        .notes.push_back({subnet->at, "the subnet"});
  }
}

void check_subnets_of(Draft& draft, const std::vector<specs::Located<IpPrefix>>& subnets) {
  for (const auto& subnet : subnets) {
    if (subnet.value.is_default()) {
      draft.diagnostics.error(subnet.at, subnet.value.text() + " is every address there is, not a subnet");
    } else if (subnet.value.address.is_multicast()) {
      draft.diagnostics.error(subnet.at, "no interface can have an address of " + subnet.value.text(),
                              "they are multicast addresses");
    }
  }
}

}  // namespace

void check_addresses(Draft& draft) {
  for (const specs::Link& link : draft.spec.links) check_subnets_of(draft, link.subnets);
  for (const specs::Network& network : draft.spec.networks) check_subnets_of(draft, network.subnets);
  for (std::size_t i = 0; i < draft.graph.interfaces.size(); ++i) {
    const Interface& interface = draft.graph.interfaces[i];
    check_twice(draft, interface);
    check_inside(draft, interface, draft.origins[i]);
    for (const Address& address : interface.addresses) {
      if (address.allocated) continue;
      check_kind(draft, interface, address);
      if (interface.name != "lo") check_host_part(draft, address);
    }
  }
}

}  // namespace nsbuild::netgraph
