// A veth pair: one resource, because the kernel makes and destroys both ends together.
#pragma once
#include "planner/field.hpp"
#include "planner/kind.hpp"
#include "specs/values/ip.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nsbuild::planner {

struct VethEnd {
  std::string place{};
  std::string name{};
  std::optional<MacAddress> mac{};        // said by the file, or read back
  std::optional<MacAddress> birth_mac{};  // when the file says none
  std::optional<std::uint32_t> mtu{};
  std::optional<std::string> master{};   // the bridge this end is a port of; "" (only when read back) is none
  std::optional<std::string> altname{};  // of a port whose full name is over 15 bytes; "" (only when read back) is none
  bool up = true;
  bool owned = true;

  static constexpr auto fields = std::tuple{
      Field{"place", &VethEnd::place, Trait::key},
      Field{"name", &VethEnd::name, Trait::key},
      Field{"mac", &VethEnd::mac},
      Field{"birth_mac", &VethEnd::birth_mac, Trait::birth},
      Field{"mtu", &VethEnd::mtu},
      Field{"master", &VethEnd::master},
      Field{"altname", &VethEnd::altname},
      Field{"up", &VethEnd::up},
      Field{"owned", &VethEnd::owned, Trait::mark},
  };
  bool operator==(const VethEnd&) const = default;
};

struct Veth {
  VethEnd a{}, b{};  // (a.place, a.name) < (b.place, b.name): both readings of a pair give the same resource

  static constexpr std::string_view kind = "veth";
  static constexpr bool reversible = false;
  static constexpr auto fields = std::tuple{
      Field{"a", &Veth::a},
      Field{"b", &Veth::b},
  };

  Key identity() const;
  std::vector<Key> needs() const;
  std::vector<Key> owners() const;
  std::vector<std::string> claims() const;
  Phase phase() const;
  static std::vector<Veth> desire(const netgraph::NetGraph& graph);
  static void shell(Script& script, const Veth* before, const Veth* after);
  bool operator==(const Veth&) const = default;
};

}  // namespace nsbuild::planner
