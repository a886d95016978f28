// The /etc/hosts that the services of a namespace see: a file in the run directory, rewritten in place so that running
// services follow.
#pragma once
#include "planner/field.hpp"

#include <string>

namespace nsbuild::planner {

struct Hosts {
  std::string place;
  std::string content;

  static constexpr std::string_view kind = "hosts";
  static constexpr auto fields = std::tuple{
      Field{"place", &Hosts::place, Trait::key},
      Field{"content", &Hosts::content},
  };
  bool operator==(const Hosts&) const = default;
};

}  // namespace nsbuild::planner
