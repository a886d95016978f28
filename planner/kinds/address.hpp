// An address of an interface, `lo` included.
#pragma once
#include "planner/field.hpp"
#include "specs/values/ip.hpp"

#include <string>

namespace nsbuild::planner {

struct Address {
  std::string place;
  std::string dev;
  IpPrefix prefix;  // host bits set
  bool owned = true;

  static constexpr std::string_view kind = "address";
  static constexpr auto fields = std::tuple{
      Field{"place", &Address::place, Trait::key},
      Field{"dev", &Address::dev, Trait::key},
      Field{"prefix", &Address::prefix, Trait::key},
      Field{"owned", &Address::owned},
  };
  bool operator==(const Address&) const = default;
};

}  // namespace nsbuild::planner
