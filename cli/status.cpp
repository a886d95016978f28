#include "cli/commands.hpp"
#include "cli/exit.hpp"
#include "cli/labs.hpp"
#include "cli/output.hpp"
#include "cli/status_text.hpp"
#include "engine/capability.hpp"

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

namespace nsbuild::cli {

void Status::wire(CLI::App& app) {
  app.add_option("LAB", lab, "The lab; default: all of them, or the one in NSBUILD_LAB");
  app.add_flag("--json", json, "As JSON");
  app.footer(
      "Examples:\n"
      "  nsbuild status\n"
      "  nsbuild status quickstart\n"
      "  nsbuild status --json quickstart");
}

int Status::run() const {
  engine::require_privilege();
  const auto labs = engine::status(lab_or_all(lab));
  if (labs.empty()) spdlog::info("no lab is up");
  put(json ? status_json(labs) : status_text(labs));
  return exit_code::done;
}

}  // namespace nsbuild::cli
