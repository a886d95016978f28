// Addresses from subnets: in the order of the file, the first host address first, past those that an end says itself.
#include "netgraph/draft.hpp"

#include <algorithm>
#include <limits>

namespace nsbuild::netgraph {
namespace {

using specs::Located;

/// A subnet that is being handed out.
struct Pool {
  std::optional<IpAddress> next;  // the next candidate; none when all are gone
  std::size_t served = 0;
  std::size_t skipped = 0;     // taken by an end that says so
  std::vector<Mark> unserved;  // ends that got nothing
};

/// /31 and /127 have no network and broadcast address (RFC 3021, RFC 6164); a single address serves nobody.
std::optional<IpAddress> first_host(const IpPrefix& subnet) {
  if (subnet.is_host()) return std::nullopt;
  const IpAddress base = subnet.network().address;
  return subnet.length + 1 == base.bits() ? std::optional(base) : next(base);
}

bool is_host_address(const IpPrefix& subnet, const IpAddress& address) {
  if (!subnet.contains(address)) return false;
  const bool has_broadcast = subnet.address.family == Family::v4 && subnet.length < 31;
  return !has_broadcast || address != subnet.last();
}

class Allocator {
 public:
  explicit Allocator(Draft& draft) : draft_(draft) {
    for (std::size_t i = 0; i < draft.graph.interfaces.size(); ++i) {
      for (const Address& address : draft.graph.interfaces[i].addresses) {
        used_.insert({draft.segments[i], address.prefix.address});
      }
    }
  }

  void serve(std::size_t interface) {
    const Origin& origin = draft_.origins[interface];
    if (origin.subnets == nullptr) return;
    for (const Located<IpPrefix>& subnet : *origin.subnets) {
      if (!has_address(interface, subnet.value.address.family)) take(interface, subnet);
    }
  }

  void report() const;

 private:
  bool has_address(std::size_t interface, Family family) const {
    const auto& addresses = draft_.graph.interfaces[interface].addresses;
    return std::any_of(addresses.begin(), addresses.end(),
                       [&](const Address& a) { return a.prefix.address.family == family; });
  }

  void take(std::size_t interface, const Located<IpPrefix>& subnet) {
    const auto [found, fresh] = index_.try_emplace(&subnet, pools_.size());
    if (fresh) pools_.emplace_back(&subnet, Pool{.next = first_host(subnet.value)});
    Pool& pool = pools_[found->second].second;
    const std::size_t segment = draft_.segments[interface];
    for (; pool.next && used_.contains({segment, *pool.next}); pool.next = next(*pool.next)) ++pool.skipped;
    if (!pool.next || !is_host_address(subnet.value, *pool.next)) {
      pool.unserved.push_back(draft_.graph.interfaces[interface].at);
      draft_.maimed.insert(draft_.graph.interfaces[interface].place);
      return;
    }
    used_.insert({segment, *pool.next});
    draft_.graph.interfaces[interface].addresses.push_back(
        {.prefix = {.address = *pool.next, .length = subnet.value.length},
         .allocated = true,
         .at = draft_.graph.interfaces[interface].at});
    pool.next = next(*pool.next);
    ++pool.served;
  }

  Draft& draft_;
  std::set<std::pair<std::size_t, IpAddress>> used_;  // by segment: joined networks may share a subnet
  std::map<const Located<IpPrefix>*, std::size_t> index_;
  std::vector<std::pair<const Located<IpPrefix>*, Pool>> pools_;  // in order of first use
};

/// How many addresses of a subnet hosts can have; the largest number there is when that is too small to tell.
std::uint64_t capacity(const IpPrefix& subnet) {
  const unsigned host_bits = subnet.address.bits() - subnet.length;
  if (host_bits == 0) return 0;
  if (host_bits == 1) return 2;
  if (host_bits >= 64) return std::numeric_limits<std::uint64_t>::max();
  return (std::uint64_t{1} << host_bits) - (subnet.address.family == Family::v4 ? 2 : 1);
}

/// The longest prefix around `subnet` that has room for so many.
std::string room_for(IpPrefix subnet, std::uint64_t count) {
  while (subnet.length > 0 && capacity(subnet) < count) --subnet.length;
  return subnet.network().text() + " has room";
}

void Allocator::report() const {
  for (const auto& [subnet, pool] : pools_) {
    if (pool.unserved.empty()) continue;
    const std::uint64_t fits = capacity(subnet->value);
    const std::size_t wanted = pool.served + pool.unserved.size();
    specs::Diagnostic& error = draft_.diagnostics.error(
        subnet->at,
        "subnet " + subnet->value.text() + " is too small: it fits " + (fits == 0 ? "no" : std::to_string(fits)) +
            " hosts, " + std::to_string(wanted) + " ends want an address" +
            (pool.skipped == 0 ? "" : ", " + std::to_string(pool.skipped) + " are taken"),
        room_for(subnet->value, wanted + pool.skipped));
    error.notes.push_back({pool.unserved.front(), "the first end that gets none"});
  }
}

}  // namespace

void allocate_addresses(Draft& draft) {
  Allocator allocator(draft);
  for (std::size_t i = 0; i < draft.graph.interfaces.size(); ++i) allocator.serve(i);
  allocator.report();
}

}  // namespace nsbuild::netgraph
