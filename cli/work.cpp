#include "cli/work.hpp"

#include "cli/kept.hpp"
#include "cli/labs.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/signals.hpp"
#include "engine/lab.hpp"
#include "engine/timings.hpp"
#include "netgraph/host_table.hpp"
#include "specs/suggest.hpp"

#include <array>
#include <chrono>
#include <cstdio>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

namespace nsbuild::cli {

namespace {

using Clock = std::chrono::steady_clock;

void show_plan(const planner::Plan& plan) {
  if (!spdlog::should_log(spdlog::level::debug)) return;
  const auto text = planner::text(plan, color_on(STDERR_FILENO));
  std::fwrite(text.data(), 1, text.size(), stderr);
}

engine::Options watched(Progress& progress) {
  engine::Options options;
  options.stop_requested = Interrupts::requested;
  options.progress = [&progress](const planner::Step& step, std::size_t done, std::size_t total) {
    progress.show(step, done, total);
  };
  if (progress.is_shown())
    options.waiting = [&progress](const std::vector<const planner::Step*>& steps) { progress.show_waiting(steps); };
  options.planned = show_plan;
  return options;
}

/// "5 added, 1 changed, 2 removed in 0.12 s".
std::string achievement(const planner::Plan& plan, Clock::duration took) {
  std::array<std::size_t, 3> counts{};
  for (const auto& step : plan.steps) ++counts.at(static_cast<std::size_t>(step.verb()));
  std::vector<std::string> parts;
  constexpr std::array words{"added", "changed", "removed"};
  for (std::size_t i = 0; i < counts.size(); ++i)
    if (counts.at(i) > 0) parts.push_back(fmt::format("{} {}", counts.at(i), words.at(i)));
  return fmt::format("{} in {:.2f} s", fmt::join(parts, ", "), std::chrono::duration<double>(took).count());
}

/// What went wrong, and what is left of it.
int report_failure(const std::string& lab, const engine::Report& report) {
  if (Interrupts::requested()) spdlog::warn("lab {}: interrupted by {}", lab, Interrupts::name());
  for (const auto& text : report.errors) print_error(text);
  for (const auto& name : report.restarted) spdlog::warn("service {}: was started anew", name);
  if (report.result == engine::Result::rolled_back) {
    spdlog::error("lab {}: failed; everything was put back as it was", lab);
  } else {
    spdlog::error("lab {}: failed, and this remains:", lab);
    for (const auto& text : report.remaining) spdlog::error("  {}", text);
  }
  return report.exit_code();
}

/// What was perhaps meant instead of a lab that is not up: "; did you mean ...".
std::string other_than(const std::string& lab) {
  if (const auto run_dir = engine::run_dir_of_pins(lab); !run_dir.empty())
    return fmt::format("; there is a lab of that name of the run directory {} (NSBUILD_RUN_DIR)", run_dir);
  const auto labs = known_labs();
  const auto hint = specs::did_you_mean(lab, {labs.begin(), labs.end()});
  return hint.empty() ? "" : "; " + hint;
}

}  // namespace

engine::LockRequest patient_lock() {
  return {.wait = true,
          .on_wait = [](const std::string& words) { spdlog::info("{}; waiting", words); },
          .stop_requested = Interrupts::requested};
}

planner::State desired(const netgraph::NetGraph& graph) {
  const engine::Timed phase(engine::Phase::wish);
  return planner::desired(graph);
}

int apply(const netgraph::NetGraph& graph, const ApplyOptions& options) {
  const auto& wish = kept(desired(graph));
  const engine::LabRequest request{.lab = graph.lab,
                                   .topology = graph.file,
                                   .names = netgraph::text_of(netgraph::host_table(graph)),
                                   .take_over = options.take_over,
                                   .must_be_new = options.for_a_run,
                                   .ends_with_caller = options.for_a_run,
                                   .lock = patient_lock()};
  Progress progress;
  auto how = watched(progress);
  how.keep = options.keep;
  const auto start = Clock::now();
  const auto& report = kept(engine::apply_lab(request, wish, how));
  progress.clear();
  if (report.exit_code() != 0) return report_failure(graph.lab, report);
  if (report.result == engine::Result::unchanged)
    spdlog::info("lab {}: no changes", graph.lab);
  else
    spdlog::info("lab {}: {}", graph.lab, achievement(report.plan, Clock::now() - start));
  return 0;
}

int destroy(const std::string& lab) {
  Progress progress;
  const auto start = Clock::now();
  const auto report = engine::destroy_lab(lab, patient_lock(), watched(progress));
  progress.clear();
  if (report.exit_code() != 0) return report_failure(lab, report);
  if (report.result == engine::Result::unchanged)
    spdlog::info("lab {}: is not up, there is nothing to remove{}", lab, other_than(lab));
  else
    spdlog::info("lab {}: destroyed, {}", lab, achievement(report.plan, Clock::now() - start));
  return 0;
}

}  // namespace nsbuild::cli
