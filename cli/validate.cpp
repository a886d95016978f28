#include "cli/commands.hpp"
#include "cli/exit.hpp"
#include "cli/output.hpp"

#include <spdlog/spdlog.h>

namespace nsbuild::cli {

int Validate::run() const {
  const auto graph = read_topology(file);
  if (!graph) return exit_code::bad_input;
  spdlog::info("lab {} is valid: {}", graph->lab, describe(*graph));
  return exit_code::done;
}

}  // namespace nsbuild::cli
