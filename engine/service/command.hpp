// One service started, stopped or restarted because a user asked for it, under the lab's lock.
#pragma once
#include "engine/lock.hpp"
#include "engine/service/control.hpp"

#include <string>

namespace nsbuild::engine {

struct ServiceCommand {
  std::string lab, service;
  Control control = Control::start;
  LockRequest lock;
};

struct CommandResult {
  bool was_so = false;     // nothing had to be done
  RunningService service;  // as it is afterwards
};

/// Throws Error when there is no such lab or service, with the init's words when it does not start, and with the end of
/// its log when it has died again before this looked.
CommandResult run_command(const ServiceCommand& command);

}  // namespace nsbuild::engine
