#include "cli/commands.hpp"
#include "cli/labs.hpp"
#include "engine/capability.hpp"
#include "engine/enter.hpp"

namespace nsbuild::cli {

int Exec::run() const {
  engine::require_privilege();
  const auto to = choose_target(target);
  return engine::enter({.lab = to.lab, .name = to.name, .command = command, .user = user});
}

}  // namespace nsbuild::cli
