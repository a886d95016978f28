#include "cli/commands.hpp"
#include "cli/completions.hpp"
#include "cli/exit.hpp"
#include "cli/output.hpp"

namespace nsbuild::cli {

int Completion::run() const {
  put(shell == "bash" ? bash_completion : shell == "zsh" ? zsh_completion : fish_completion);
  return exit_code::done;
}

}  // namespace nsbuild::cli
