// Plan, do, verify, and on failure undo: the same few lines for apply, destroy and rollback, over any Kernel.
#pragma once
#include "engine/error.hpp"
#include "engine/execution.hpp"
#include "engine/kernel.hpp"

#include <functional>
#include <string>
#include <vector>

namespace nsbuild::engine {

struct Options : Watcher {
  bool keep = false;                                  // leave a failed apply for study
  std::function<void(const planner::Plan&)> planned;  // the plan, before its first step; may be empty
  /// What there was before, and those of its steps that were begun; the way back has yet to be planned.
  std::function<void(const planner::State&, const planner::Plan&)> failed;
  std::function<void()> achieved;  // the lab is as wished; throws Error when that cannot stand
};

enum class Result {
  unchanged,    // nothing to do: exit 0
  done,         // exit 0
  rolled_back,  // exit 1
  remains,      // exit 3: `remaining` lists it
};

struct Report {
  Result result = Result::unchanged;
  planner::Plan plan;
  std::vector<std::string> errors;     // what failed, in words
  std::vector<std::string> remaining;  // what is not as it was (or, for destroy, still there)
  planner::State before;               // what there was
  std::vector<std::string> restarted;  // services that a rollback started anew
  int exit_code() const;
};

/// What remains, as far as can be said of a machine that cannot be read.
std::string unreadable(const Error& error);

/// Makes the kernel agree with `wish`, or puts everything back. The wish {} destroys.
Report converge(Kernel& kernel, const std::string& lab, const planner::State& wish, const Options& options);

}  // namespace nsbuild::engine
