// What labs have left that crashed, and nothing else: a lab that is up, or that somebody works on, is not touched.
#pragma once
#include "engine/residue.hpp"

#include <functional>
#include <string>
#include <vector>

namespace nsbuild::engine {

/// A lab whose rest is of no use to anybody, or a thing of no lab ("" then).
struct Garbage {
  std::string lab;
  std::string why;              // "its first apply was killed"
  std::vector<Remnant> things;  // what there was of it
};

struct GcReport {
  std::vector<Garbage> garbage;        // removed, but for `remaining`; on a dry run what would be
  std::vector<std::string> left;       // what was left alone, and why
  std::vector<std::string> errors;     // what failed, in words
  std::vector<std::string> remaining;  // garbage that is still there
  int exit_code() const;
};

struct GcOptions {
  bool dry_run = false;                    // changes nothing
  std::function<bool()> stop_requested{};  // asked between labs and while waiting; may be empty
};

/// Looks at every lab of this run directory under its lock, for which it does not wait, and removes those that
/// crashed. Throws Error when the machine cannot be read.
GcReport collect_garbage(const GcOptions& options);

}  // namespace nsbuild::engine
