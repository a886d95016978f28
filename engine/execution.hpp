// Carrying out one plan: hands over steps as their needs are met, and decides what a failure means for the rest.
#pragma once
#include "engine/kernel.hpp"

#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace nsbuild::engine {

enum class OnFailure {
  stop,   // begin nothing more: an apply, which is then rolled back
  go_on,  // do everything else: a rollback or a destroy, which should get as far as they can
};

/// Who looks on while a plan is carried out; each may be empty.
struct Watcher {
  std::function<bool()> stop_requested;  // SIGINT, SIGTERM, SIGHUP
  /// After each step.
  std::function<void(const planner::Step&, std::size_t done, std::size_t total)> progress;
  /// Now and then while nothing ends: what is under way.
  std::function<void(const std::vector<const planner::Step*>&)> waiting;
};

class Execution {
 public:
  /// The plan and `watcher` have to outlive this.
  Execution(Kernel& kernel, const planner::Plan& plan, OnFailure on_failure, const Watcher& watcher);

  /// Runs to the end, or to the first failure or request to stop; then waits for what is under way. True when every
  /// step has succeeded.
  bool run();
  /// What went wrong, in the order of happening.
  const std::vector<std::string>& errors() const { return errors_; }
  /// Whether this step of the plan was begun, whatever came of it.
  bool has_begun(std::size_t step) const { return begun_[step]; }
  /// Whether it was carried out.
  bool has_succeeded(std::size_t step) const { return succeeded_[step]; }

 private:
  void prepare();
  void hand_over();
  std::vector<Outcome> collect();
  void settle(const Outcome& outcome);
  void give_up_replacement(std::size_t removal);
  void fail(const std::string& error);
  void halt();
  void release(std::size_t step);
  void rank();
  bool is_stopping();

  Kernel& kernel_;
  const planner::Plan& plan_;
  OnFailure on_failure_;
  const Watcher& watcher_;
  std::vector<std::size_t> unmet_;                 // needs of each step that have not ended
  std::vector<std::vector<std::size_t>> waiting_;  // who needs each step
  std::vector<std::size_t> ranks_;                 // of two steps that are ready, that of the lower rank is begun first
  std::set<std::pair<std::size_t, std::size_t>> ready_;  // rank and step
  std::set<std::size_t> under_way_;
  std::set<std::size_t> in_vain_;  // they would start a service beside the one that they replace
  std::vector<bool> begun_;
  std::vector<bool> succeeded_;
  std::size_t until_no_return_ = 0;  // steps before the point of no return that have not ended
  std::size_t ended_ = 0;
  bool halted_ = false;
  std::vector<std::string> errors_;
};

}  // namespace nsbuild::engine
