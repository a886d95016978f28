// A command of the user's, run where nsbuild itself runs.
#pragma once
#include <string>
#include <vector>

namespace nsbuild::cli {

/// Runs `argv` in the caller's own namespaces with NSBUILD_LAB set, and returns what a shell would: its exit code,
/// 128+signal, 127 not found, 126 not executable. Needs an Interrupts in place: signals meant for the command are
/// passed on. Throws engine::SysError when it cannot be started for another reason.
int run_child(const std::vector<std::string>& argv, const std::string& lab);

}  // namespace nsbuild::cli
