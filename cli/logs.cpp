#include "engine/service/logs.hpp"

#include "cli/commands.hpp"
#include "cli/exit.hpp"
#include "cli/labs.hpp"
#include "engine/rundir.hpp"

#include <filesystem>

namespace nsbuild::cli {

int Logs::run() const {
  const auto from = choose_target(target);
  if (!std::filesystem::exists(engine::log_path(from.lab, from.name)))
    refuse_unknown("service", from.name, known_services(from.lab));
  engine::print_log(from.lab, from.name, follow);
  return exit_code::done;
}

}  // namespace nsbuild::cli
