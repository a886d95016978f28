#include "cli/commands.hpp"
#include "cli/exit.hpp"
#include "cli/labs.hpp"
#include "cli/output.hpp"
#include "cli/status_text.hpp"
#include "cli/timings.hpp"
#include "engine/capability.hpp"

#include <spdlog/spdlog.h>

namespace nsbuild::cli {

int Status::run() const {
  engine::require_privilege();
  const auto labs = engine::status(lab_or_all(lab));
  if (labs.empty()) spdlog::info("no lab is up");
  put(json ? with_timings(status_json(labs)) : status_text(labs));
  return exit_code::done;
}

}  // namespace nsbuild::cli
