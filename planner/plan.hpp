// The one algorithm: the ordered steps that lead from one state to another. Apply, destroy, rollback and verify are all
// this.
#pragma once
#include "planner/state.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace nsbuild::planner {

enum class Verb { create, change, remove };

/// One change of one resource. Without `before` it creates, without `after` it removes, with both it changes in place.
struct Step {
  std::optional<Resource> before, after;
  std::vector<std::size_t> needs;    // earlier steps of the plan that must have succeeded
  std::vector<std::string> reasons;  // "mtu 1500 -> 1400", "replaced: hostname is fixed", "adopt"
  std::vector<Key> sweeps;           // a removal: what goes with it, without steps of their own

  Verb verb() const;
  Key key() const;
};

struct Plan {
  std::vector<Step> steps;  // in the order of execution; deterministic
  bool empty() const { return steps.empty(); }
};

/// The steps from one state to another. Optional fields that `to` does not set are left alone. Irreversible removals
/// come last.
Plan plan(const State& from, const State& to);

/// The state after a step, by the model's rules: what is swept goes, what is made or changed is put.
void advance(State& state, const Step& step);

/// `+ ~ -` lines with old -> new, one resource each, and a closing count; "no changes" when empty.
std::string text(const Plan& plan, bool color);
/// The stable JSON of docs/cli.md.
std::string json(const Plan& plan);
/// A POSIX shell script of iproute2 and util-linux commands that does the same for `lab` (iproute2 6.1's words).
std::string shell(const Plan& plan, const std::string& lab);

}  // namespace nsbuild::planner
