#include "cli/child.hpp"
#include "cli/commands.hpp"
#include "cli/exit.hpp"
#include "cli/labs.hpp"
#include "cli/output.hpp"
#include "cli/signals.hpp"
#include "cli/work.hpp"
#include "engine/capability.hpp"
#include "engine/enter.hpp"
#include "engine/error.hpp"

#include <spdlog/spdlog.h>

namespace nsbuild::cli {

namespace {

/// Before anything is built: the graph knows all that --in may name.
void refuse_unknown_entrance(const netgraph::NetGraph& graph, const std::string& in) {
  const bool service = !in.starts_with("ns:"), place = !in.starts_with("svc:");
  const std::string name = service && place ? in : in.substr(in.find(':') + 1);
  std::vector<std::string> known;
  if (service)
    for (const auto& each : graph.services) known.push_back(each.name);
  if (place)
    for (const auto& each : graph.places) known.push_back(each.name);
  refuse_unknown(service && place ? "service or namespace" : service ? "service" : "namespace", name, known);
}

/// The command's exit code; whatever nsbuild itself fails at is said here, because the lab has to be destroyed yet.
int run_in(const std::string& lab, const std::optional<std::string>& in, const std::vector<std::string>& command) {
  try {
    if (Interrupts::requested()) throw engine::Error("interrupted before the command began");
    if (!in) return run_child(command, lab);
    return engine::enter({.lab = lab, .name = *in, .command = command, .user = {}});
  } catch (const engine::Error& error) {
    print_error(error.what());
    return exit_code::own_failure;
  }
}

}  // namespace

int Run::run() const {
  if (command.empty()) throw UsageError("a command is needed behind --");
  engine::require_privilege();
  const auto graph = read_topology(file);
  if (!graph) return exit_code::own_failure;
  if (in) refuse_unknown_entrance(*graph, *in);
  const Interrupts interrupts;
  if (apply(*graph, {.for_a_run = true}) != exit_code::done) return exit_code::own_failure;
  const int code = run_in(graph->lab, in, command);
  Interrupts::forget();
  if (destroy(graph->lab) == exit_code::done) return code;
  spdlog::error("the command's own exit code was {}", code);
  return exit_code::own_failure;
}

}  // namespace nsbuild::cli
