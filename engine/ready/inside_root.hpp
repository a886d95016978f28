// Paths as a service sees them.
#pragma once
#include "engine/fd.hpp"

#include <string>

#include <sys/types.h>

namespace nsbuild::engine {

/// An O_PATH descriptor of an absolute path in the root of that process; symbolic links are followed inside that root
/// and cannot lead out (openat2(2), RESOLVE_IN_ROOT). None with errno.
Fd open_inside(pid_t pid, const std::string& path);

}  // namespace nsbuild::engine
