// What nsbuild's exit codes mean; the table for users is in docs/cli.md.
#pragma once
#include <stdexcept>

namespace nsbuild::cli {

namespace exit_code {
inline constexpr int done = 0;
inline constexpr int failed = 1;         // and rolled back
inline constexpr int bad_input = 2;      // a bad file or a bad command line
inline constexpr int remains = 3;        // failed, and something is left, which was listed
inline constexpr int changes = 4;        // plan --detailed-exitcode
inline constexpr int own_failure = 125;  // exec, run: nsbuild itself failed, not the command
}  // namespace exit_code

/// The command line cannot be obeyed as it stands: exit 2, with a pointer to --help.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The input cannot be used (not a matter of the command line's form): exit 2.
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace nsbuild::cli
