// The hidden command behind the completion scripts: what may stand where the cursor is.
#pragma once
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace nsbuild::cli {

/// `nsbuild __complete -- WORD...`: the words of the command line up to the cursor, the last one unfinished or empty.
/// Prints a candidate a line, with a tab and a description where there is one; a line `:files` or `:commands` asks the
/// shell to complete those itself.
struct Complete {
  static constexpr const char* name = "__complete";
  static constexpr const char* summary = "";
  void wire(CLI::App&) {}
  int run() const;

  const CLI::App* app = nullptr;
  std::vector<std::string> command;  // what stood behind `--`
};

/// The candidates for `words` (at least one).
std::vector<std::string> candidates(const CLI::App& app, const std::vector<std::string>& words);

}  // namespace nsbuild::cli
