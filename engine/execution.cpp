#include "engine/execution.hpp"

#include <utility>

namespace nsbuild::engine {

Execution::Execution(Kernel& kernel, const planner::Plan& plan, OnFailure on_failure,
                     std::function<bool()> stop_requested, Progress progress)
    : kernel_(kernel),
      plan_(plan),
      on_failure_(on_failure),
      stop_requested_(std::move(stop_requested)),
      progress_(std::move(progress)) {}

bool Execution::run() {
  prepare();
  do {
    if (!is_stopping()) hand_over();
    if (under_way_ == 0) break;
    for (const Outcome& outcome : kernel_.collect(std::nullopt)) settle(outcome);
  } while (true);
  return errors_.empty();
}

void Execution::prepare() {
  const std::size_t count = plan_.steps.size();
  unmet_.assign(count, 0);
  waiting_.assign(count, {});
  until_no_return_ = plan_.point_of_no_return;
  for (std::size_t step = 0; step < count; ++step) {
    for (const std::size_t need : plan_.steps[step].needs) waiting_[need].push_back(step);
    unmet_[step] = plan_.steps[step].needs.size();
    // Behind the point of no return there is one thing more to wait for: all that is before it.
    if (step >= plan_.point_of_no_return && until_no_return_ > 0) ++unmet_[step];
    if (unmet_[step] == 0) ready_.insert(step);
  }
}

void Execution::hand_over() {
  std::vector<Task> tasks;
  for (const std::size_t step : std::exchange(ready_, {})) tasks.push_back({step, &plan_.steps[step]});
  under_way_ += tasks.size();
  if (!tasks.empty()) kernel_.submit(tasks);
}

void Execution::settle(const Outcome& outcome) {
  --under_way_;
  ++ended_;
  if (!outcome.ok()) errors_.push_back(outcome.error);
  if (!outcome.ok() && on_failure_ == OnFailure::stop) halted_ = true;
  for (const std::size_t step : waiting_[outcome.id]) release(step);
  if (outcome.id < plan_.point_of_no_return && --until_no_return_ == 0)
    for (std::size_t step = plan_.point_of_no_return; step < plan_.steps.size(); ++step) release(step);
  if (progress_) progress_(plan_.steps[outcome.id], ended_, plan_.steps.size());
}

void Execution::release(std::size_t step) {
  if (--unmet_[step] == 0) ready_.insert(step);
}

bool Execution::is_stopping() {
  if (!halted_ && ended_ < plan_.steps.size() && stop_requested_ && stop_requested_()) {
    halted_ = true;
    errors_.push_back("stopped on request after " + std::to_string(ended_) + " of " +
                      std::to_string(plan_.steps.size()) + " steps");
  }
  return halted_;
}

}  // namespace nsbuild::engine
