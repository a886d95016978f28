// What a namespace reaches without a gateway: its own addresses, and the prefixes on its interfaces.
#pragma once
#include "netgraph/draft.hpp"

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace nsbuild::netgraph {

class OnLink {
 public:
  OnLink(const NetGraph& graph, std::size_t place);

  /// Besides the interfaces' own subnets: what a route without a gateway says of `interface`.
  void add(const IpPrefix& prefix, std::size_t interface);

  /// The interface over which `address` is a neighbour: longest prefix first, then file order, those that are up before
  /// those that are down. With `dev` only that one counts.
  std::optional<std::size_t> interface_to(const IpAddress& address, std::string_view dev = {}) const;

  /// Where an address of the namespace itself stands; the addresses that `lo` always has are not listed.
  const Address* own(const IpAddress& address) const;

  /// The address whose connected route is to exactly this prefix, which the kernel makes by itself; null when none
  /// does.
  const Address* connected(const IpPrefix& prefix) const;

  /// The index of an interface of that name; none for `lo` unless the file gives it addresses.
  std::optional<std::size_t> named(std::string_view name) const;

  /// "10.0.1.0/24 (eth0), 10.0.2.0/24 (eth1)": the subnets of a family, for a hint.
  std::string subnets(Family family) const;

 private:
  const NetGraph& graph_;
  std::size_t place_;
  std::map<std::string, std::size_t, std::less<>> by_name_;
  std::map<IpAddress, const Address*> own_;
  std::map<IpPrefix, const Address*> connected_;
  std::map<IpPrefix, std::vector<std::size_t>> prefixes_;
  std::array<std::set<unsigned, std::greater<>>, 2> lengths_;  // by family: those that occur
};

}  // namespace nsbuild::netgraph
