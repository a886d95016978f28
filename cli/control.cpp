#include "cli/commands.hpp"
#include "cli/exit.hpp"
#include "cli/labs.hpp"
#include "cli/signals.hpp"
#include "cli/work.hpp"
#include "engine/capability.hpp"
#include "engine/service/command.hpp"
#include "planner/words.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace nsbuild::cli {

namespace {

using engine::Control;

/// "running, PID 42", "exited, exit code 3".
std::string state_of(const engine::RunningService& service) {
  std::string text = planner::words(service.spec.state);
  if (service.pid != 0) return text + fmt::format(", PID {}", service.pid);
  return service.spec.exit.empty() ? text : text + ", " + service.spec.exit;
}

int control(const std::string& said, Control control) {
  engine::require_privilege();
  const auto target = choose_target(said);
  refuse_unknown("service", target.name, known_services(target.lab));
  const Interrupts interrupts;
  const auto result =
      engine::run_command({.lab = target.lab, .service = target.name, .control = control, .lock = patient_lock()});
  spdlog::info("service {}: {}{}", target.name, result.was_so ? "is so already: " : "", state_of(result.service));
  return exit_code::done;
}

}  // namespace

int Start::run() const { return control(target, Control::start); }
int Stop::run() const { return control(target, Control::stop); }
int Restart::run() const { return control(target, Control::restart); }

}  // namespace nsbuild::cli
