#include "engine/gc.hpp"

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/residue_text.hpp"
#include "cli/signals.hpp"
#include "cli/timings.hpp"

#include <spdlog/spdlog.h>

namespace nsbuild::cli {

int Gc::run() const {
  const Interrupts interrupts;
  const auto report = engine::collect_garbage({.dry_run = dry_run, .stop_requested = Interrupts::requested});
  if (report.garbage.empty() && report.errors.empty()) spdlog::info("there is nothing to remove");
  put(json ? with_timings(gc_json(report)) : gc_text(report, dry_run));
  for (const auto& text : report.errors) print_error(text);
  for (const auto& text : report.remaining) spdlog::error("this remains: {}", text);
  return report.exit_code();
}

}  // namespace nsbuild::cli
