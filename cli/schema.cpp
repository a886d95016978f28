#include "cli/commands.hpp"
#include "cli/exit.hpp"
#include "cli/output.hpp"
#include "specs/load.hpp"

#include <CLI/CLI.hpp>

namespace nsbuild::cli {

void Schema::wire(CLI::App& app) {
  app.footer(
      "Examples:\n"
      "  nsbuild schema > nsbuild.schema.json\n"
      "Editors with a YAML language server use it for a file that starts with\n"
      "  # yaml-language-server: $schema=nsbuild.schema.json");
}

int Schema::run() const {
  put(specs::json_schema());
  return exit_code::done;
}

}  // namespace nsbuild::cli
