// The completion scripts of cli/completions/, built in.
#pragma once

namespace nsbuild::cli {

extern const char* const bash_completion;
extern const char* const zsh_completion;
extern const char* const fish_completion;

}  // namespace nsbuild::cli
