#include "cli/commands.hpp"
#include "cli/exit.hpp"
#include "cli/output.hpp"

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

namespace nsbuild::cli {

void Validate::wire(CLI::App& app) {
  wire_file(app, file);
  app.footer(
      "Examples:\n"
      "  nsbuild validate examples/quickstart.yaml\n"
      "  nsbuild validate --strict --set DEBUG=1 - < examples/quickstart.yaml");
}

int Validate::run() const {
  const auto graph = read_topology(file);
  if (!graph) return exit_code::bad_input;
  spdlog::info("lab {} is valid: {}", graph->lab, describe(*graph));
  return exit_code::done;
}

}  // namespace nsbuild::cli
