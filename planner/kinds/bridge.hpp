// A network's bridge device in the lab's switch namespace.
#pragma once
#include "planner/field.hpp"
#include "planner/kind.hpp"
#include "specs/values/ip.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nsbuild::planner {

struct Bridge {
  std::string place{};
  std::string name{};
  std::optional<MacAddress> birth_mac{};
  std::optional<std::uint32_t> mtu{};
  bool up = true;
  bool owned = true;  // carries our mark; a declared one without it is adopted

  static constexpr std::string_view kind = "bridge";
  static constexpr bool reversible = false;
  static constexpr auto fields = std::tuple{
      Field{"place", &Bridge::place, Trait::key},
      Field{"name", &Bridge::name, Trait::key},
      Field{"birth_mac", &Bridge::birth_mac, Trait::birth},
      Field{"mtu", &Bridge::mtu},
      Field{"up", &Bridge::up},
      Field{"owned", &Bridge::owned, Trait::mark},
  };

  Key identity() const;
  std::vector<Key> needs() const;
  std::vector<Key> owners() const;
  std::vector<std::string> claims() const;
  Phase phase() const;
  static std::vector<Bridge> desire(const netgraph::NetGraph& graph);
  static void shell(Script& script, const Bridge* before, const Bridge* after);
  bool operator==(const Bridge&) const = default;
};

}  // namespace nsbuild::planner
