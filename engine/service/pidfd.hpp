// Processes by descriptor, so that a pid that was reused is never meant (pidfd_open(2)). glibc 2.36's <sys/pidfd.h>
// cannot be linked from C++.
#pragma once
#include "engine/fd.hpp"

#include <sys/types.h>

namespace nsbuild::engine {

/// None with errno when there is no such process. CLOEXEC.
Fd open_pidfd(pid_t pid);
/// A copy of a descriptor of that process (pidfd_getfd(2)); none with errno. CLOEXEC.
Fd copy_fd(const Fd& pidfd, int fd);
/// False with errno.
bool send_signal(const Fd& pidfd, int signal);

}  // namespace nsbuild::engine
