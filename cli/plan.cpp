#include "planner/plan.hpp"

#include "cli/commands.hpp"
#include "cli/exit.hpp"
#include "cli/kept.hpp"
#include "cli/output.hpp"
#include "cli/timings.hpp"
#include "cli/work.hpp"
#include "engine/capability.hpp"
#include "engine/error.hpp"
#include "engine/lab.hpp"
#include "engine/timings.hpp"

#include <spdlog/spdlog.h>
#include <unistd.h>

namespace nsbuild::cli {

namespace {

using engine::Phase;
using engine::Timed;
using planner::State;

planner::Plan planned(const State& from, const State& to) {
  const Timed phase(Phase::plan);
  return planner::plan(from, to);
}

planner::Plan steps_of(const Plan& options, const netgraph::NetGraph& graph) {
  const State& wish = kept(desired(graph));
  const State& looked_for = options.destroy ? kept(State{}) : wish;
  if (options.fresh) return options.destroy ? planned(wish, {}) : planned({}, wish);
  return planned(kept(engine::observe_lab(graph.lab, looked_for)), looked_for);
}

std::string printed(const Plan& options, const planner::Plan& steps, const std::string& lab) {
  const Timed phase(Phase::print);
  if (options.json) return planner::json(steps);
  return options.shell ? planner::shell(steps, lab) : planner::text(steps, color_on(STDOUT_FILENO));
}

void warn_of_other_topology(const netgraph::NetGraph& graph) {
  try {
    engine::refuse_other_topology({.lab = graph.lab, .topology = graph.file});
  } catch (const engine::Error& error) {
    spdlog::warn("{}", error.what());
  }
}

}  // namespace

int Plan::run() const {
  if (!fresh) engine::require_privilege();
  const auto& graph = kept(read_topology(file));
  if (!graph) return exit_code::bad_input;
  if (!fresh) warn_of_other_topology(*graph);
  const auto& steps = kept(steps_of(*this, *graph));
  const auto text = printed(*this, steps, graph->lab);
  put(json ? with_timings(text) : text);
  return detailed_exit_code && !steps.empty() ? exit_code::changes : exit_code::done;
}

}  // namespace nsbuild::cli
