#include "cli/commands.hpp"
#include "cli/exit.hpp"
#include "cli/output.hpp"
#include "specs/load.hpp"

namespace nsbuild::cli {

int Schema::run() const {
  put(specs::json_schema());
  return exit_code::done;
}

}  // namespace nsbuild::cli
