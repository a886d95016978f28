// The whole program behind main: reads the command line, runs the command, prints what went wrong once.
#pragma once
#include <string>
#include <vector>

namespace nsbuild::cli {

/// Runs one command line (without the program's name) and returns the exit code. Never throws.
int run(std::vector<std::string> arguments) noexcept;

}  // namespace nsbuild::cli
