#include "planner/plan.hpp"

#include "cli/commands.hpp"
#include "cli/exit.hpp"
#include "cli/output.hpp"
#include "engine/capability.hpp"
#include "engine/error.hpp"
#include "engine/lab.hpp"

#include <spdlog/spdlog.h>
#include <unistd.h>

namespace nsbuild::cli {

namespace {

using planner::State;

planner::Plan steps_of(const Plan& options, const netgraph::NetGraph& graph) {
  const auto wish = planner::desired(graph);
  const State& looked_for = options.destroy ? State{} : wish;
  if (options.fresh) return options.destroy ? planner::plan(wish, {}) : planner::plan({}, wish);
  return planner::plan(engine::observe_lab(graph.lab, looked_for), looked_for);
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
  const auto graph = read_topology(file);
  if (!graph) return exit_code::bad_input;
  if (!fresh) warn_of_other_topology(*graph);
  const auto steps = steps_of(*this, *graph);
  put(json    ? planner::json(steps)
      : shell ? planner::shell(steps, graph->lab)
              : planner::text(steps, color_on(STDOUT_FILENO)));
  return detailed_exit_code && !steps.empty() ? exit_code::changes : exit_code::done;
}

}  // namespace nsbuild::cli
