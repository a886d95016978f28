// How --help looks: one usage line, then what each word means, without CLI11's type tags.
#pragma once
#include <string>

namespace CLI {
class App;
}

namespace nsbuild::cli {

/// Gives the command the house's help. `tail` ends the usage line (" -- COMMAND [ARGUMENT...]").
void format_help(CLI::App& app, const std::string& tail = {});

}  // namespace nsbuild::cli
