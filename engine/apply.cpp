#include "engine/apply.hpp"

#include "engine/error.hpp"
#include "engine/execution.hpp"
#include "engine/timings.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

namespace nsbuild::engine {
namespace {

using planner::Plan;
using planner::State;
using planner::Step;
using planner::Verb;

std::string reasons_of(const Step& step) {
  std::string reasons;
  for (const std::string& reason : step.reasons) reasons += (reasons.empty() ? "" : ", ") + reason;
  return reasons;
}

/// How a step that would still be needed is told: as what is not right.
std::string leftover(const Step& step) {
  const std::string name = planner::name(step.key());
  if (step.verb() == Verb::create) return name + ": is missing";
  if (step.verb() == Verb::remove) return name + ": is still there";
  return name + ": " + reasons_of(step);
}

/// What is not as it should be, told by the plan that would make it so; empty when all is well.
std::vector<std::string> leftovers(const Plan& rest) {
  std::set<planner::Key> removed, created;
  for (const Step& step : rest.steps)
    if (step.verb() != Verb::change) (step.verb() == Verb::create ? created : removed).insert(step.key());
  std::vector<std::string> all;
  for (const Step& step : rest.steps) {
    const bool is_replaced = removed.contains(step.key()) && created.contains(step.key());
    if (!is_replaced || step.verb() == Verb::change)
      all.push_back(leftover(step));
    else if (step.verb() == Verb::create)
      all.push_back(planner::name(step.key()) + ": has to be made anew (" + reasons_of(step) + ")");
    if (step.verb() != Verb::remove) continue;
    for (const planner::Key& swept : step.sweeps) all.push_back(planner::name(swept) + ": is still there");
  }
  return all;
}

/// A pair that could not be removed goes with the namespace of one end, but a while after it: the kernel takes the
/// devices of a namespace away when its last user has gone, in its own time (cleanup_net() in
/// net/core/net_namespace.c).
bool is_going(const Step& step) {
  constexpr const char* elsewhere = "?";  // how a pair is read of which the lab has one end
  const auto* veth = step.verb() == Verb::remove ? std::get_if<planner::Veth>(&*step.before) : nullptr;
  return veth != nullptr && (veth->a.place == elsewhere || veth->b.place == elsewhere);
}

/// Looks again while something may be just going; a namespace that somebody else holds stays.
std::vector<std::string> leftovers(Kernel& kernel, const Scope& scope, const State& goal) {
  constexpr std::chrono::milliseconds patience(3000), pause(20);
  const Timed phase(Phase::verify);
  const auto end = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const Plan rest = planner::plan(kernel.observe(scope), goal);
    const bool may_go = std::any_of(rest.steps.begin(), rest.steps.end(), is_going);
    if (!may_go || std::chrono::steady_clock::now() >= end) return leftovers(rest);
    std::this_thread::sleep_for(pause);
  }
}

/// The same where the plan did something; all the rest was as wished when the plan was made. The host's devices are
/// found by where they lead, so there everything is looked at.
std::vector<std::string> leftovers(Kernel& kernel, const Scope& scope, const State& goal, const Plan& done) {
  const planner::PlaceNames touched = planner::touched_places(done);
  constexpr std::size_t few = 2;  // of which part of the lab's resources it is worth to make a copy
  if (touched.contains("host") || done.steps.size() * few > goal.size()) return leftovers(kernel, scope, goal);
  const Timed phase(Phase::verify);
  const State there = planner::part(goal, touched);
  const planner::PlaceNames near = planner::with_neighbours(touched, goal);
  const Scope narrow{scope.lab, &there, scope.depth, &near};
  return leftovers(planner::plan(planner::part(kernel.observe(narrow), touched), there));
}

State observed(Kernel& kernel, const Scope& scope) {
  const Timed phase(Phase::observe);
  return kernel.observe(scope);
}

Plan planned(const State& from, const State& to) {
  const Timed phase(Phase::plan);
  return planner::plan(from, to);
}

bool run(Execution& execution) {
  const Timed phase(Phase::apply);
  return execution.run();
}

void append(std::vector<std::string>& all, const std::vector<std::string>& more, const std::string& prefix = "") {
  for (const std::string& text : more) all.push_back(prefix + text);
}

Plan begun_part(const Plan& plan, const Execution& execution) {
  Plan begun;
  for (std::size_t i = 0; i < plan.steps.size(); ++i)
    if (execution.has_begun(i)) begun.steps.push_back(plan.steps[i]);
  return begun;
}

/// Does what the plan says and looks whether the machine agrees with the goal then.
bool succeed(Kernel& kernel, const Scope& scope, const State& goal, const Options& options, Report& report) {
  try {
    Execution execution(kernel, report.plan, OnFailure::stop, options);
    const bool done = run(execution);
    append(report.errors, execution.errors());
    if (done) append(report.errors, leftovers(kernel, scope, goal, report.plan), "not as wished after all steps: ");
    if (!done && options.failed) options.failed(report.before, begun_part(report.plan, execution));
    if (report.errors.empty() && options.achieved) options.achieved();
  } catch (const Error& error) {
    report.errors.emplace_back(error.what());
  }
  return report.errors.empty();
}

/// Services that the undoing has started or restarted; the kernel's own objects are simply back.
std::vector<std::string> restarted(const Plan& undo, const Execution& execution) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < undo.steps.size(); ++i) {
    const Step& step = undo.steps[i];
    const auto* service = step.after ? std::get_if<planner::Service>(&*step.after) : nullptr;
    if (service != nullptr && execution.has_succeeded(i)) names.push_back(service->name);
  }
  return names;
}

/// The way back is a plan like any other, from what is there now; nothing of it was prepared, and no request stops it.
void roll_back(Kernel& kernel, const Scope& scope, const State& before, Report& report) {
  const Plan undo = planner::plan(kernel.observe(scope), before);
  const Watcher nobody;
  Execution execution(kernel, undo, OnFailure::go_on, nobody);
  execution.run();
  append(report.errors, execution.errors(), "while rolling back: ");
  report.remaining = leftovers(kernel, scope, before);
  report.restarted = restarted(undo, execution);
}

void undo_or_keep(Kernel& kernel, Scope scope, const State& before, const Options& options, Report& report) {
  const Timed phase(Phase::rollback);
  scope.is_way_back = true;
  try {
    if (options.keep)
      report.remaining = leftovers(kernel, scope, before);
    else
      roll_back(kernel, scope, before, report);
  } catch (const Error& error) {
    report.errors.emplace_back(error.what());
    report.remaining.push_back(unreadable(error));
  }
  report.result = options.keep || !report.remaining.empty() ? Result::remains : Result::rolled_back;
}

/// Removes all it can, whatever fails, and counts again. Steps that failed are no matter if nothing is left.
void destroy(Kernel& kernel, const Scope& scope, const Options& options, Report& report) {
  Execution execution(kernel, report.plan, OnFailure::go_on, options);
  try {
    run(execution);
  } catch (const Error& error) {
    report.errors.emplace_back(error.what());
  }
  append(report.errors, execution.errors());
  try {
    report.remaining = leftovers(kernel, scope, {});
  } catch (const Error& error) {
    report.remaining.push_back(unreadable(error));
  }
  report.result = report.remaining.empty() ? Result::done : Result::remains;
}

}  // namespace

std::string unreadable(const Error& error) {
  return std::string("unknown: the machine could not be read: ") + error.what();
}

int Report::exit_code() const {
  switch (result) {
    case Result::unchanged:
    case Result::done:
      return 0;
    case Result::rolled_back:
      return 1;
    case Result::remains:
      return 3;
  }
  return 3;
}

Report converge(Kernel& kernel, const std::string& lab, const State& wish, const Options& options) {
  const Scope scope = wish.empty() ? Scope{lab, nullptr, Scope::Depth::roots} : Scope{lab, &wish};
  Report report;
  report.before = observed(kernel, scope);
  report.plan = planned(report.before, wish);
  if (report.plan.empty()) return report;
  if (options.planned) options.planned(report.plan);
  if (wish.empty()) {
    destroy(kernel, scope, options, report);
  } else if (succeed(kernel, scope, wish, options, report)) {
    report.result = Result::done;
  } else {
    undo_or_keep(kernel, scope, report.before, options, report);
  }
  return report;
}

}  // namespace nsbuild::engine
