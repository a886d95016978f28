// Which earlier steps a step has to wait for.
#pragma once
#include "planner/plan.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace nsbuild::planner {

/// In each place the steps form a chain, since the kernel's order matters there; what is independent (services, and
/// devices that go) hangs off the chain side by side, and the next link of the chain waits for all of it. Edges stay
/// linear in steps.
class Chains {
 public:
  /// What the step has to wait for, sorted; the step, whose key is given, becomes number `index`.
  std::vector<std::size_t> add(const Key& key, const Step& step, std::size_t index);

 private:
  struct Chain {
    std::optional<std::size_t> last;
    std::vector<std::size_t> beside;  // since `last`
  };
  std::map<Key, Chain> places_;
  std::map<Key, std::size_t> latest_;                // the last step of each resource
  std::map<Key, std::vector<std::size_t>> leaving_;  // removals of services, by what they need
  std::map<std::string, std::size_t> freed_;         // the last removal of who claimed it
};

}  // namespace nsbuild::planner
