#include "cli/commands.hpp"
#include "cli/exit.hpp"
#include "cli/signals.hpp"
#include "cli/work.hpp"
#include "engine/capability.hpp"

#include <CLI/CLI.hpp>

namespace nsbuild::cli {

void Apply::wire(CLI::App& app) {
  wire_file(app, file);
  app.add_flag("--keep", keep, "Leave a failed apply as it is, for study, instead of rolling it back");
  app.add_flag("--take-over", take_over, "Accept that the lab came from another file, which still exists");
  app.footer(
      "SIGINT, SIGTERM and SIGHUP stop an apply and roll it back.\n"
      "\n"
      "Examples:\n"
      "  nsbuild apply examples/quickstart.yaml\n"
      "  nsbuild apply --name second examples/quickstart.yaml\n"
      "  nsbuild apply --verbose --keep --strict examples/quickstart.yaml");
}

int Apply::run() const {
  engine::require_privilege();
  const auto graph = read_topology(file);
  if (!graph) return exit_code::bad_input;
  const Interrupts interrupts;
  return apply(*graph, {.keep = keep, .take_over = take_over});
}

}  // namespace nsbuild::cli
