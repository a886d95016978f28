// Who a resource is, apart from what it is like.
#pragma once
#include <compare>
#include <cstddef>
#include <string>

namespace nsbuild::planner {

/// Who a resource is, whatever its attributes. Ordered by kind (as in Resource), place and id: the order of every
/// listing.
struct Key {
  std::size_t kind = 0;  // Resource's index
  std::string place;     // "" for a kind that lies in none; a veth's is that of its first end
  std::string id;        // the other identifying words, as a user would say them: "10.0.0.0/8 table 100",
                         // "client:eth0 -- router:eth0"

  auto operator<=>(const Key&) const = default;
};

}  // namespace nsbuild::planner
