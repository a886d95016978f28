#include "cli/commands.hpp"
#include "cli/completions.hpp"
#include "cli/exit.hpp"
#include "cli/output.hpp"

#include <CLI/CLI.hpp>

namespace nsbuild::cli {

void Completion::wire(CLI::App& app) {
  app.add_option("bash|zsh|fish", shell, "The shell")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}).description(""));
  app.footer(
      "Examples:\n"
      "  nsbuild completion bash > /etc/bash_completion.d/nsbuild\n"
      "  . <(nsbuild completion bash)           in ~/.bashrc\n"
      "  nsbuild completion fish | source       in ~/.config/fish/config.fish");
}

int Completion::run() const {
  put(shell == "bash" ? bash_completion : shell == "zsh" ? zsh_completion : fish_completion);
  return exit_code::done;
}

}  // namespace nsbuild::cli
