// One line on a terminal that says how far a long apply is; nothing at all when standard error is no terminal.
#pragma once
#include "planner/plan.hpp"

#include <chrono>
#include <cstddef>

namespace nsbuild::cli {

class Progress {
 public:
  Progress();
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `done` of `total` steps have ended, the last of them `step`.
  void show(const planner::Step& step, std::size_t done, std::size_t total);
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  bool terminal_;
  bool shown_ = false;
  Clock::time_point next_;  // short work shows nothing, long work not more than a terminal can draw
};

}  // namespace nsbuild::cli
