#include "cli/commands.hpp"
#include "cli/labs.hpp"
#include "engine/capability.hpp"
#include "engine/enter.hpp"
#include "engine/timings.hpp"

namespace nsbuild::cli {

int Exec::run() const {
  engine::require_privilege();
  const auto to = choose_target(target);
  const engine::EnterRequest request{.lab = to.lab, .name = to.name, .command = command, .user = user};
  return engine::timings_started() ? engine::enter(request) : engine::enter_for_good(request);
}

}  // namespace nsbuild::cli
