// A named network namespace of the lab, with its loopback up.
#pragma once
#include "planner/field.hpp"
#include "planner/kind.hpp"

#include <string>
#include <vector>

namespace nsbuild::planner {

struct Namespace {
  std::string name{};  // without the lab's: "client", "@switch"
  bool lo_up = true;

  static constexpr std::string_view kind = "namespace";
  static constexpr bool reversible = false;
  static constexpr auto fields = std::tuple{
      Field{"name", &Namespace::name, Trait::key},
      Field{"lo_up", &Namespace::lo_up},
  };

  Key identity() const;
  std::vector<Key> needs() const;
  std::vector<Key> owners() const;
  std::vector<std::string> claims() const;
  Phase phase() const;
  static std::vector<Namespace> desire(const netgraph::NetGraph& graph);
  static void shell(Script& script, const Namespace* before, const Namespace* after);
  bool operator==(const Namespace&) const = default;
};

}  // namespace nsbuild::planner
