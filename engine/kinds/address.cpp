// An address of an interface, marked with IFA_PROTO.
#include "engine/kinds/kinds.hpp"
#include "engine/linux/mark.hpp"

#include <algorithm>

namespace nsbuild::engine {

namespace {

using planner::Address;

/// ip-address(8) gives 127/8 host scope; the kernel finds IPv6's scope out by itself.
std::uint8_t scope_of(const IpAddress& address) {
  return address.family == Family::v4 && address.is_loopback() ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE;
}

AddressMessage message_of(OpenPlace& place, const Address& address) {
  const bool v4 = address.prefix.address.family == Family::v4;
  AddressMessage message;
  message.header.ifa_family = v4 ? AF_INET : AF_INET6;
  message.header.ifa_prefixlen = address.prefix.length;
  message.header.ifa_scope = scope_of(address.prefix.address);
  message.header.ifa_index = place.device(address.dev);
  message.local = address.prefix.address;
  if (v4) message.address = address.prefix.address;
  if (!v4) message.flags = IFA_F_NODAD;
  if (address.owned) message.protocol = mark_protocol;
  return message;
}

void put(OpenPlace& place, const Address& address, std::uint16_t flags) {
  Message message(RTM_NEWADDR, flags);
  put_all(message, message_of(place, address));
  place.socket->request(message);
}

bool is_ours(OpenPlace& place, const Address& address) {
  const std::vector<AddressMessage> all = read_addresses(place);
  const std::uint32_t index = place.device(address.dev);
  return std::any_of(all.begin(), all.end(), [&](const AddressMessage& seen) {
    return seen.header.ifa_index == index && seen.header.ifa_prefixlen == address.prefix.length &&
           seen.address == address.prefix.address && seen.protocol == mark_protocol;
  });
}

void remove(OpenPlace& place, const Address& address) {
  if (!place.devices.index(address.dev) && !place.devices.find(*place.socket, address.dev)) return;
  Message message(RTM_DELADDR, 0);
  put_all(message, message_of(place, address));
  try {
    place.socket->request(message);
  } catch (const Refusal& refusal) {
    if (refusal.code() != EADDRNOTAVAIL && refusal.code() != ENODEV) throw;
  }
}

}  // namespace

void change(Machine& machine, const Change<Address>& change) {
  OpenPlace& place = machine.places.at(change.any().place);
  if (change.after == nullptr) return remove(place, *change.before);
  const Address& wanted = *change.after;
  // Replacing marks an address that is there, or takes the mark away again.
  const auto replace = [&] { put(place, wanted, NLM_F_CREATE | NLM_F_REPLACE); };
  if (change.before != nullptr) return replace();
  make_or_replace([&] { put(place, wanted, NLM_F_CREATE | NLM_F_EXCL); }, [&] { return is_ours(place, wanted); },
                  replace);
}

std::vector<AddressMessage> read_addresses(OpenPlace& place) {
  Message request(RTM_GETADDR, 0);
  request.put_header(ifaddrmsg{});
  return place.socket->dump<AddressMessage>(request);
}

/// The kernel tells them in its own order, so that what a rollback makes again comes back in it.
void see_addresses(const Sight& sight) {
  std::uint32_t position = 0;
  for (const AddressMessage& seen : sight.reading.addresses) {
    if (sight.place.is_host() && !sight.ours.contains(seen.header.ifa_index)) continue;
    // A point-to-point address (ip address add ... peer ...) is none that the language can say.
    if (!seen.address || (seen.local && *seen.local != *seen.address)) continue;
    const bool marked = seen.protocol == mark_protocol;
    sight.see(Address{.place = sight.place.name,
                      .dev = sight.place.devices.name(seen.header.ifa_index),
                      .prefix = IpPrefix{*seen.address, seen.header.ifa_prefixlen},
                      .owned = marked,
                      .position = position++},
              marked);
  }
}

}  // namespace nsbuild::engine
