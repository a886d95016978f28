#include "planner/address_order.hpp"

#include <algorithm>
#include <optional>

namespace nsbuild::planner {
namespace {

using At = State::const_iterator;

/// As they are to come.
using Subnet = std::multimap<std::uint32_t, const Key*>;

At end_of_interface(At at, At end) {
  const auto& first = std::get<Address>(at->second);
  while (at != end) {
    const auto& address = std::get<Address>(at->second);
    if (address.dev != first.dev || address.place != first.place) break;
    ++at;
  }
  return at;
}

/// Once one of them is made, anew or for the first time, all that are to come behind it are.
void note_misplaced(const Subnet& subnet, const State& now, std::map<Key, Key>& misplaced) {
  std::optional<std::uint32_t> last;  // of those that stay
  const Key* before = nullptr;        // none behind this one stays where it is
  const Key* previous = nullptr;
  for (const auto& [position, key] : subnet) {
    const auto present = now.find(*key);
    const bool is_there = present != now.end();
    const std::uint32_t at = is_there ? std::get<Address>(present->second).position : 0;
    if (before == nullptr && is_there && last && at < *last) before = previous;
    if (before != nullptr && is_there) misplaced.emplace(*key, *before);
    if (before != nullptr || !is_there) before = key;
    last = at;
    previous = key;
  }
}

}  // namespace

std::map<Key, Key> misplaced_addresses(const State& now, const State& wish) {
  std::map<Key, Key> misplaced;
  const auto end = wish.lower_bound(Key{kind_index<Address> + 1, "", ""});
  for (auto at = wish.lower_bound(Key{kind_index<Address>, "", ""}), next = at; at != end; at = next) {
    next = end_of_interface(at, end);
    const auto of_ipv4 = [](const auto& entry) {
      return std::get<Address>(entry.second).prefix.address.family == Family::v4;
    };
    if (std::count_if(at, next, of_ipv4) < 2) continue;  // as on most interfaces
    std::map<IpPrefix, Subnet> subnets;
    for (; at != next; ++at) {
      const auto& address = std::get<Address>(at->second);
      if (of_ipv4(*at)) subnets[address.prefix.network()].emplace(address.position, &at->first);
    }
    for (const auto& [network, subnet] : subnets) note_misplaced(subnet, now, misplaced);
  }
  return misplaced;
}

}  // namespace nsbuild::planner
