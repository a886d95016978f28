// A named network namespace of the lab, with its loopback up.
#pragma once
#include "planner/field.hpp"

#include <string>

namespace nsbuild::planner {

struct Namespace {
  std::string name;  // without the lab's: "client", "@switch"
  bool lo_up = true;

  static constexpr std::string_view kind = "namespace";
  static constexpr auto fields = std::tuple{
      Field{"name", &Namespace::name, Trait::key},
      Field{"lo_up", &Namespace::lo_up},
  };
  bool operator==(const Namespace&) const = default;
};

}  // namespace nsbuild::planner
