#include "engine/service/logs.hpp"

#include "cli/commands.hpp"
#include "cli/exit.hpp"
#include "cli/labs.hpp"
#include "engine/rundir.hpp"

#include <filesystem>

#include <CLI/CLI.hpp>

namespace nsbuild::cli {

void Logs::wire(CLI::App& app) {
  app.add_option("[LAB/]SERVICE", target, "The service, of the running lab or of the one before the slash")->required();
  app.add_flag("-f,--follow", follow, "Go on with what it writes from now on");
  app.footer(
      "Examples:\n"
      "  nsbuild logs web\n"
      "  nsbuild logs quickstart/web\n"
      "  nsbuild logs -f web");
}

int Logs::run() const {
  const auto from = choose_target(target);
  if (!std::filesystem::exists(engine::log_path(from.lab, from.name)))
    refuse_unknown("service", from.name, known_services(from.lab));
  engine::print_log(from.lab, from.name, follow);
  return exit_code::done;
}

}  // namespace nsbuild::cli
