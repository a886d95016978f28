// The one algorithm: the ordered steps that lead from one state to another. Apply, destroy, rollback and verify are all
// this.
#pragma once
#include "planner/held.hpp"
#include "planner/state.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace nsbuild::planner {

enum class Verb { create, change, remove };

/// One change of one resource. Without `before` it creates, without `after` it removes, with both it changes in place.
struct Step {
  Held before, after;
  std::vector<std::size_t> needs;    // earlier steps of the plan that must have succeeded
  std::vector<std::string> reasons;  // "mtu 1500 -> 1400", "replaced: hostname a -> b", "adopt"
  std::vector<Key> sweeps;           // a removal: what goes with it, without steps of their own

  Verb verb() const;
  Key key() const;
};

struct Plan {
  std::vector<Step> steps;  // in the order of execution; deterministic
  /// The steps from this one on cannot be undone without loss: none of them begins before every earlier one has
  /// succeeded. At most steps.size().
  std::size_t point_of_no_return = 0;
  bool empty() const { return steps.empty(); }
};

/// The steps from one state to another. Optional fields that `to` does not set are left alone. Irreversible removals
/// come last.
Plan plan(const State& from, const State& to);

/// The state after a step, by the model's rules: what is swept goes, what is made or changed is put.
void advance(State& state, const Step& step);
/// The same after all steps of a plan.
void advance(State& state, const Plan& plan);

/// `+ ~ -` lines with old -> new, one resource each, and a closing count; "no changes" when empty.
std::string text(const Plan& plan, bool color);
/// A stable document, two blanks of indentation and a newline at the end; docs/cli.md ("JSON") has its members.
/// Bytes of file contents that are not UTF-8 are shown as U+FFFD.
std::string json(const Plan& plan);
/// A POSIX shell script of iproute2 and util-linux commands that does the same for `lab` (iproute2 6.1's words).
std::string shell(const Plan& plan, const std::string& lab);

}  // namespace nsbuild::planner
