// The /etc/hosts that the services of a namespace see: a file in the run directory, rewritten in place so that running
// services follow.
#pragma once
#include "planner/field.hpp"
#include "planner/kind.hpp"

#include <string>
#include <vector>

namespace nsbuild::planner {

struct Hosts {
  std::string place{};
  std::string content{};

  static constexpr std::string_view kind = "hosts";
  // Running services have the file mounted, and one written anew would be another inode; so it goes after them.
  static constexpr bool reversible = false;
  static constexpr auto fields = std::tuple{
      Field{"place", &Hosts::place, Trait::key},
      Field{"content", &Hosts::content},
  };

  Key identity() const;
  std::vector<Key> needs() const;
  std::vector<Key> owners() const;
  std::vector<std::string> claims() const;
  Phase phase() const;
  static std::vector<Hosts> desire(const netgraph::NetGraph& graph);
  static void shell(Script& script, const Hosts* before, const Hosts* after);
  bool operator==(const Hosts&) const = default;
};

}  // namespace nsbuild::planner
