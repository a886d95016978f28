// An address of an interface, `lo` included.
#pragma once
#include "planner/field.hpp"
#include "planner/kind.hpp"
#include "specs/values/ip.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nsbuild::planner {

struct Address {
  std::string place{};
  std::string dev{};
  IpPrefix prefix{};  // host bits set
  bool owned = true;
  std::uint32_t position = 0;  // among its interface's: the first of a subnet is the one that the kernel speaks from

  static constexpr std::string_view kind = "address";
  static constexpr bool reversible = true;
  static constexpr auto fields = std::tuple{
      Field{"place", &Address::place, Trait::key},         Field{"dev", &Address::dev, Trait::key},
      Field{"prefix", &Address::prefix, Trait::key},       Field{"owned", &Address::owned, Trait::mark},
      Field{"position", &Address::position, Trait::birth},
  };

  /// Its place in the order of making, before the key's.
  std::string order() const;

  Key identity() const;
  std::vector<Key> needs() const;
  std::vector<Key> owners() const;
  std::vector<std::string> claims() const;
  Phase phase() const;
  static std::vector<Address> desire(const netgraph::NetGraph& graph);
  static void shell(Script& script, const Address* before, const Address* after);
  bool operator==(const Address&) const = default;
};

}  // namespace nsbuild::planner
