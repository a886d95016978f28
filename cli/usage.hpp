// What was wrong with a command line, in words that help: CLI11's errors with the nearest command or option.
#pragma once
#include <string>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace nsbuild::cli {

/// `command` is the first word that is no option; it may be no command at all.
std::string explain(const CLI::App& app, const std::string& command, const CLI::ParseError& error);

}  // namespace nsbuild::cli
