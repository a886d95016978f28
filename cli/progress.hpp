// One line on a terminal that says how far a long apply is; nothing at all when standard error is no terminal.
#pragma once
#include "planner/plan.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace nsbuild::cli {

class Progress {
 public:
  Progress();
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Whether there is a terminal to show anything on.
  bool is_shown() const { return terminal_; }
  /// What is being waited for: "waiting for web: tcp 8080".
  void show_waiting(const std::vector<const planner::Step*>& steps);
  /// `done` of `total` steps have ended, the last of them `step`.
  void show(const planner::Step& step, std::size_t done, std::size_t total);
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  void write(const std::string& line);

  bool terminal_;
  bool shown_ = false;
  Clock::time_point next_;  // short work shows nothing, long work not more than a terminal can draw
};

}  // namespace nsbuild::cli
