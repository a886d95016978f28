#include "engine/init/exec.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <unistd.h>

namespace nsbuild::init {

/// A file that may not be executed is remembered, the search goes on.
int search_and_exec(const char* path, char* const* arguments, char* const* environment, char* candidate) noexcept {
  const char* name = arguments[0];
  if (std::strchr(name, '/') != nullptr || *name == '\0') return execve(name, arguments, environment), errno;
  bool denied = false;
  for (const char* from = path == nullptr ? "/usr/bin:/bin" : path; from != nullptr;) {
    const char* colon = std::strchr(from, ':');
    const std::size_t size = colon == nullptr ? std::strlen(from) : static_cast<std::size_t>(colon - from);
    const std::size_t name_size = std::strlen(name) + 1;
    if (size + 1 + name_size <= candidate_size) {
      char* to = std::copy_n(from, size, candidate);
      if (size != 0) *to++ = '/';
      std::copy_n(name, name_size, to);
      execve(candidate, arguments, environment);
      if (errno == EACCES) denied = true;
      if (errno != EACCES && errno != ENOENT && errno != ENOTDIR) return errno;
    }
    from = colon == nullptr ? nullptr : colon + 1;
  }
  return denied ? EACCES : ENOENT;
}

const char* value_of(char* const* environment, const char* name) noexcept {
  const std::size_t size = std::strlen(name);
  for (; *environment != nullptr; ++environment)
    if (std::strncmp(*environment, name, size) == 0 && (*environment)[size] == '=') return *environment + size + 1;
  return nullptr;
}

}  // namespace nsbuild::init
