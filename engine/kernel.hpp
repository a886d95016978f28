// The seam: the only door to the machine. LinuxKernel is behind it in the product, a model and a faulty one in the
// tests.
#pragma once
#include "planner/surroundings.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace nsbuild::engine {

/// Which part of the machine is meant: what carries the lab's mark, and what the wish declares.
struct Scope {
  enum class Depth {
    everything,
    roots,  // not what ends with a namespace of the lab: a destroy does not need it
  };
  std::string lab;
  const planner::State* wish = nullptr;  // null: only what is marked
  Depth depth = Depth::everything;
  const planner::PlaceNames* places = nullptr;  // null: all; else the host and these of the lab's namespaces
  bool is_way_back = false;  // what strangers have put at declared names meanwhile is left out, and no error
};

/// A step handed over, with the caller's number for it.
struct Task {
  std::size_t id = 0;
  const planner::Step* step = nullptr;
};

/// How a step ended. `error` is empty on success; else it names the resource and carries the kernel's words.
struct Outcome {
  enum class Kind {
    ended,     // by itself
    given_up,  // after abandon(): nothing came of it
    died,      // no step's end, `id` means nothing: a service that was started meanwhile has died
  };
  std::size_t id = 0;
  std::string error;
  Kind kind = Kind::ended;
  bool ok() const { return error.empty(); }
};

using Deadline = std::optional<std::chrono::steady_clock::time_point>;

class Kernel {
 public:
  virtual ~Kernel() = default;
  /// What is there of the scope: marked or declared. Throws Error for a stranger's thing in a declared place.
  virtual planner::State observe(const Scope& scope) = 0;
  /// The plan whose steps are to be submitted, before the first of them: some things are better done behind others.
  virtual void expect(const planner::Plan&) {}
  /// Starts steps whose needs are met, in the given order. Tasks' steps live until their outcome is collected.
  virtual void submit(std::span<const Task> ready) = 0;
  /// Waits until at least one submitted step has ended, the deadline has passed or a stop was requested; returns those
  /// that ended. What goes wrong with a step is its outcome, here and in submit(): an exception would leave nobody who
  /// knows what is under way.
  virtual std::vector<Outcome> collect(Deadline deadline) = 0;
  /// Steps that only wait for something that may never come end at once, as given up.
  virtual void abandon() {}
};

}  // namespace nsbuild::engine
