#include "engine/service/pidfd.hpp"

#include <sys/syscall.h>
#include <unistd.h>

namespace nsbuild::engine {

Fd open_pidfd(pid_t pid) { return Fd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))); }

Fd copy_fd(const Fd& pidfd, int fd) { return Fd(static_cast<int>(syscall(SYS_pidfd_getfd, pidfd.get(), fd, 0))); }

bool send_signal(const Fd& pidfd, int signal) {
  return syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0) == 0;
}

}  // namespace nsbuild::engine
