#include "engine/fd.hpp"

#include <unistd.h>

namespace nsbuild::engine {

void Fd::reset(int fd) noexcept {
  // close(2) on Linux always frees the number, also when it reports EINTR: never twice.
  if (const int old = std::exchange(fd_, fd); old >= 0) ::close(old);
}

}  // namespace nsbuild::engine
