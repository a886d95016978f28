// A policy rule. The kernel has no way to change one, so all of it is identity: a change adds the new one and removes
// the old.
#pragma once
#include "planner/field.hpp"
#include "planner/kind.hpp"
#include "specs/spec.hpp"
#include "specs/values/ip.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nsbuild::planner {

struct Rule {
  std::string place{};
  Family family = Family::v4;
  std::uint32_t priority = 0;
  std::optional<IpPrefix> from{}, to{};
  std::string iif{}, oif{};
  std::optional<std::uint32_t> mark{};
  std::uint32_t table = 254;  // 0 unless the action is lookup
  specs::RuleAction action = specs::RuleAction::lookup;
  bool owned = true;

  static constexpr std::string_view kind = "rule";
  static constexpr bool reversible = true;
  static constexpr auto fields = std::tuple{
      Field{"place", &Rule::place, Trait::key},
      Field{"family", &Rule::family, Trait::key},
      Field{"priority", &Rule::priority, Trait::key},
      Field{"from", &Rule::from, Trait::key},
      Field{"to", &Rule::to, Trait::key},
      Field{"iif", &Rule::iif, Trait::key},
      Field{"oif", &Rule::oif, Trait::key},
      Field{"mark", &Rule::mark, Trait::key},
      Field{"table", &Rule::table, Trait::key},
      Field{"action", &Rule::action, Trait::key},
      Field{"owned", &Rule::owned, Trait::mark},
  };

  Key identity() const;
  std::vector<Key> needs() const;
  std::vector<Key> owners() const;
  std::vector<std::string> claims() const;
  Phase phase() const;
  static std::vector<Rule> desire(const netgraph::NetGraph& graph);
  static void shell(Script& script, const Rule* before, const Rule* after);
  bool operator==(const Rule&) const = default;
};

}  // namespace nsbuild::planner
