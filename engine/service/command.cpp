#include "engine/service/command.hpp"

#include "engine/error.hpp"
#include "engine/ready/death.hpp"
#include "engine/service/log_tail.hpp"

#include <algorithm>

namespace nsbuild::engine {
namespace {

using planner::RunState;

RunningService find_one(const std::string& lab, const std::string& service) {
  const std::vector<RunningService> all = find_services(lab);
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.spec.name == service; });
  if (found == all.end()) throw Error("lab " + lab + " has no service \"" + service + "\"");
  return *found;
}

bool is_so(const RunningService& service, Control control) {
  switch (control) {
    case Control::start:
      return service.spec.state == RunState::running;
    case Control::stop:
      return service.spec.state != RunState::running && service.spec.state != RunState::restarting;
    case Control::restart:
      break;
  }
  return false;
}

}  // namespace

CommandResult run_command(const ServiceCommand& command) {
  LockRequest request = command.lock;
  request.make_directory = false;  // of a lab that a destroy which it waited for has removed, nothing comes back
  const Lock lock(command.lab, request);
  if (lock.was_left()) end_half_started(command.lab);
  RunningService service = find_one(command.lab, command.service);
  if (is_so(service, command.control)) return {true, std::move(service)};
  const Outcome outcome = control_service(command.lab, command.service, command.control);
  if (!outcome.ok()) throw Error(outcome.error);
  service = find_one(command.lab, command.service);
  const std::string death = command.control == Control::stop ? "" : death_of(service);
  if (!death.empty())
    throw Error("service " + command.service + ": " + death +
                log_tail(command.lab, command.service, service.log_start));
  return {false, std::move(service)};
}

}  // namespace nsbuild::engine
