#include "cli/commands.hpp"
#include "cli/exit.hpp"
#include "cli/kept.hpp"
#include "cli/signals.hpp"
#include "cli/work.hpp"
#include "engine/capability.hpp"

namespace nsbuild::cli {

int Apply::run() const {
  engine::require_privilege();
  const auto& graph = kept(read_topology(file));
  if (!graph) return exit_code::bad_input;
  const Interrupts interrupts;
  return apply(*graph, {.keep = keep, .take_over = take_over});
}

}  // namespace nsbuild::cli
