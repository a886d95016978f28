// What differs between two resources of one key, by the field tables.
#pragma once
#include "planner/state.hpp"

#include <string>
#include <vector>

namespace nsbuild::planner {

/// One field that is not as wished.
struct Difference {
  std::string_view field;  // the table's name: "mtu"
  std::string words;       // "mtu 1500 -> 1400", "router:eth1 mtu 1500 -> 1400", "adopt"
  bool fixed = false;      // the resource has to be replaced
};

/// In the order of the table; empty when `from` is as `to` wishes. Both are of the same kind.
std::vector<Difference> differences(const Resource& from, const Resource& to);

/// Whether differences() would be empty, without making words.
bool agrees(const Resource& from, const Resource& to);

/// `to`, with what it leaves alone taken over from what is there.
Resource settled(const Resource& from, const Resource& to);

/// What a resource is like, for the line of its creation: "mtu 1400, via 10.0.1.1 dev eth0"; fields that say nothing
/// beyond the default are left out.
std::string attributes(const Resource& resource);

}  // namespace nsbuild::planner
