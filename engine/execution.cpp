#include "engine/execution.hpp"

#include <utility>

namespace nsbuild::engine {

namespace {

/// How long nothing may end before it is told what is under way.
constexpr std::chrono::milliseconds patience{250};

bool makes_device(const planner::Step& step) { return !step.before && !planner::claims(*step.after).empty(); }

}  // namespace

Execution::Execution(Kernel& kernel, const planner::Plan& plan, OnFailure on_failure, const Watcher& watcher)
    : kernel_(kernel), plan_(plan), on_failure_(on_failure), watcher_(watcher) {}

bool Execution::run() {
  prepare();
  do {
    if (!is_stopping()) hand_over();
    if (under_way_.empty()) break;
    for (const Outcome& outcome : collect()) settle(outcome);
  } while (true);
  return errors_.empty();
}

void Execution::prepare() {
  kernel_.expect(plan_);
  const std::size_t count = plan_.steps.size();
  unmet_.assign(count, 0);
  begun_.assign(count, false);
  succeeded_.assign(count, false);
  waiting_.assign(count, {});
  until_no_return_ = plan_.point_of_no_return;
  for (std::size_t step = 0; step < count; ++step) {
    for (const std::size_t need : plan_.steps[step].needs) waiting_[need].push_back(step);
    unmet_[step] = plan_.steps[step].needs.size();
    // Behind the point of no return there is one thing more to wait for: all that is before it.
    if (step >= plan_.point_of_no_return && until_no_return_ > 0) ++unmet_[step];
  }
  rank();
  for (std::size_t step = 0; step < count; ++step)
    if (unmet_[step] == 0) ready_.emplace(ranks_[step], step);
}

/// Of the steps before the first device that waits for them the order is free: namespaces are begun in the order in
/// which devices need them, so that devices can be made while other namespaces are still missing.
void Execution::rank() {
  ranks_.resize(plan_.steps.size());
  for (std::size_t step = plan_.steps.size(); step-- > 0;) {
    ranks_[step] = step;
    if (makes_device(plan_.steps[step])) continue;
    for (const std::size_t later : waiting_[step])
      ranks_[step] = ranks_[step] == step ? ranks_[later] : std::min(ranks_[step], ranks_[later]);
  }
}

void Execution::hand_over() {
  std::vector<Task> tasks;
  while (!ready_.empty()) {
    const std::size_t step = ready_.extract(ready_.begin()).value().second;
    if (in_vain_.contains(step))
      settle({step, planner::name(plan_.steps[step].key()) + ": the one that it replaces could not be removed"});
    else
      tasks.push_back({step, &plan_.steps[step]});
  }
  for (const Task& task : tasks) {
    under_way_.insert(task.id);
    begun_[task.id] = true;
  }
  if (!tasks.empty()) kernel_.submit(tasks);
}

std::vector<Outcome> Execution::collect() {
  if (!watcher_.waiting) return kernel_.collect(std::nullopt);
  std::vector<Outcome> ended = kernel_.collect(std::chrono::steady_clock::now() + patience);
  if (!ended.empty()) return ended;
  std::vector<const planner::Step*> steps;
  for (const std::size_t step : under_way_) steps.push_back(&plan_.steps[step]);
  watcher_.waiting(steps);
  return ended;
}

void Execution::settle(const Outcome& outcome) {
  if (outcome.kind == Outcome::Kind::died) return fail(outcome.error);
  under_way_.erase(outcome.id);
  if (outcome.kind == Outcome::Kind::given_up) return void(begun_[outcome.id] = false);
  ++ended_;
  succeeded_[outcome.id] = outcome.ok();
  if (!outcome.ok()) fail(outcome.error), give_up_replacement(outcome.id);
  for (const std::size_t step : waiting_[outcome.id]) release(step);
  if (outcome.id < plan_.point_of_no_return && --until_no_return_ == 0)
    for (std::size_t step = plan_.point_of_no_return; step < plan_.steps.size(); ++step) release(step);
  if (watcher_.progress) watcher_.progress(plan_.steps[outcome.id], ended_, plan_.steps.size());
}

/// Of all else the kernel has names, and refuses a second one.
void Execution::give_up_replacement(std::size_t removal) {
  const planner::Step& failed = plan_.steps[removal];
  if (failed.after || !std::holds_alternative<planner::Service>(*failed.before)) return;
  for (const std::size_t step : waiting_[removal])
    if (plan_.steps[step].key() == failed.key()) in_vain_.insert(step);
}

void Execution::fail(const std::string& error) {
  errors_.push_back(error);
  if (on_failure_ == OnFailure::stop) halt();
}

/// What is being done is done; what is only being waited for is not.
void Execution::halt() {
  if (!halted_) kernel_.abandon();
  halted_ = true;
}

void Execution::release(std::size_t step) {
  if (--unmet_[step] == 0) ready_.emplace(ranks_[step], step);
}

bool Execution::is_stopping() {
  if (!halted_ && ended_ < plan_.steps.size() && watcher_.stop_requested && watcher_.stop_requested()) {
    halt();
    errors_.push_back("stopped on request after " + std::to_string(ended_) + " of " +
                      std::to_string(plan_.steps.size()) + " steps");
  }
  return halted_;
}

}  // namespace nsbuild::engine
