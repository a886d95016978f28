// A route of a namespace, multipath included; identity is what the kernel keys on.
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

struct NextHop {
  std::optional<IpAddress> via{};  // may be of the other family (RFC 5549) when read back
  std::string dev{};
  std::uint32_t weight = 1;  // 1..256

  static constexpr auto fields = std::tuple{
      Field{"via", &NextHop::via},
      Field{"dev", &NextHop::dev},
      Field{"weight", &NextHop::weight},
  };
  auto operator<=>(const NextHop&) const = default;
};

struct Route {
  std::string place{};
  std::uint32_t table = 254;
  IpPrefix to{};
  std::uint32_t metric = 0;
  specs::RouteType type = specs::RouteType::unicast;
  std::vector<NextHop> nexthops{};  // sorted, so that order does not matter
  std::optional<IpAddress> source{};
  bool on_link = false;
  bool owned = true;

  static constexpr std::string_view kind = "route";
  static constexpr bool reversible = true;
  static constexpr auto fields = std::tuple{
      Field{"place", &Route::place, Trait::key},
      Field{"table", &Route::table, Trait::key},
      Field{"to", &Route::to, Trait::key},
      Field{"metric", &Route::metric, Trait::key},
      Field{"type", &Route::type},
      Field{"nexthops", &Route::nexthops},
      Field{"source", &Route::source, Trait::exact},
      Field{"on_link", &Route::on_link},
      Field{"owned", &Route::owned, Trait::mark},
  };

  Key identity() const;
  std::vector<Key> needs() const;
  std::vector<Key> owners() const;
  std::vector<std::string> claims() const;
  Phase phase() const;
  static std::vector<Route> desire(const netgraph::NetGraph& graph);
  static void shell(Script& script, const Route* before, const Route* after);
  bool operator==(const Route&) const = default;
};

}  // namespace nsbuild::planner
