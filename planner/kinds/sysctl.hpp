// One `net.*` setting of a namespace. Removing it gives back the value from before nsbuild's first write.
#pragma once
#include "planner/field.hpp"

#include <string>

namespace nsbuild::planner {

struct Sysctl {
  std::string place;
  std::string key;    // "net.ipv4.ip_forward"; a dot inside an interface name is "/"
  std::string value;  // white space between words is one tab or blank in the kernel's answer; compare words

  static constexpr std::string_view kind = "sysctl";
  static constexpr auto fields = std::tuple{
      Field{"place", &Sysctl::place, Trait::key},
      Field{"key", &Sysctl::key, Trait::key},
      Field{"value", &Sysctl::value},
  };
  bool operator==(const Sysctl&) const = default;
};

}  // namespace nsbuild::planner
