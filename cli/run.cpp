#include "cli/child.hpp"
#include "cli/commands.hpp"
#include "cli/exit.hpp"
#include "cli/signals.hpp"
#include "cli/work.hpp"
#include "engine/capability.hpp"
#include "engine/enter.hpp"
#include "engine/error.hpp"

#include <spdlog/spdlog.h>

namespace nsbuild::cli {

namespace {

/// The command's exit code; whatever nsbuild itself fails at is said here, because the lab has to be destroyed yet.
int run_in(const std::string& lab, const std::optional<std::string>& in, const std::vector<std::string>& command) {
  try {
    if (Interrupts::requested()) throw engine::Error("interrupted before the command began");
    if (!in) return run_child(command, lab);
    return engine::enter({.lab = lab, .name = *in, .command = command, .user = {}});
  } catch (const engine::Error& error) {
    spdlog::error("{}", error.what());
    return exit_code::own_failure;
  }
}

}  // namespace

int Run::run() const {
  if (command.empty()) throw UsageError("a command is needed behind --");
  engine::require_privilege();
  const auto graph = read_topology(file);
  if (!graph) return exit_code::own_failure;
  const Interrupts interrupts;
  if (apply(*graph, {.must_be_new = true}) != exit_code::done) return exit_code::own_failure;
  const int code = run_in(graph->lab, in, command);
  Interrupts::forget();
  if (destroy(graph->lab) == exit_code::done) return code;
  spdlog::error("the command's own exit code was {}", code);
  return exit_code::own_failure;
}

}  // namespace nsbuild::cli
