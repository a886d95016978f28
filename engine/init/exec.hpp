// Finding a command as execvp(3) does, but along another PATH than the caller's own.
#pragma once
#include <cstddef>

namespace nsbuild::init {

/// Bytes that search_and_exec() needs to try names in.
inline constexpr std::size_t candidate_size = 4096;

/// Returns only when it fails, with the errno. `path` may be null; a command with a slash is not looked for. Makes
/// nothing but system calls.
int search_and_exec(const char* path, char* const* arguments, char* const* environment, char* candidate) noexcept;

/// The value of a variable, or null.
const char* value_of(char* const* environment, const char* name) noexcept;

}  // namespace nsbuild::init
