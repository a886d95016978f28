// What a user is told about the command line: how --help looks, and what was wrong in words that help.
#pragma once
#include <string>
#include <vector>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace nsbuild::cli {

/// Gives the command the house's help. `tail` ends the usage line (" -- COMMAND [ARGUMENT...]").
void format_help(CLI::App& app, const std::string& tail = {});

/// What CLI11 did not like, with the nearest command or option. `command` is the first word that is no option; it may
/// be no command at all. `words` is the command line; with `passes`, the command's own command stands behind a `--`.
std::string explain(const CLI::App& app, const std::string& command, const CLI::ParseError& error,
                    const std::vector<std::string>& words, bool passes);

}  // namespace nsbuild::cli
