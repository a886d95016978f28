#include "engine/init/limits.hpp"

#include <cerrno>
#include <cstdlib>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace nsbuild::init {
namespace {

/// fs.nr_open, which no hard limit of open files may exceed, whoever asks (proc_sys_fs(5)).
std::uint64_t most_open_files() noexcept {
  const int fd = openat(machine_proc_fd, "sys/fs/nr_open", O_RDONLY | O_CLOEXEC);
  char text[24] = {};
  const bool have = fd >= 0 && read(fd, text, sizeof text - 1) > 0;
  if (fd >= 0) close(fd);
  return have ? std::strtoul(text, nullptr, 10) : 0;
}

/// Whoever may raise a limit by one may raise it at all, and was refused for the kernel's own bound.
std::uint64_t ceiling_of(const Limit& limit, const rlimit& now) noexcept {
  if (limit.hard <= now.rlim_max) return 0;
  const rlimit more{now.rlim_cur, now.rlim_max + 1};
  const auto resource = static_cast<__rlimit_resource>(limit.resource);
  const bool may_raise = prlimit(0, resource, &more, nullptr) == 0;
  return may_raise && limit.resource == RLIMIT_NOFILE ? most_open_files() : now.rlim_max;
}

}  // namespace

int set_limits(const char* limits, std::size_t count, LimitFailure& failure) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    Limit limit;
    std::memcpy(&limit, limits + i * sizeof limit, sizeof limit);
    const auto resource = static_cast<__rlimit_resource>(limit.resource);
    const rlimit wanted{limit.soft, limit.hard};
    if (prlimit(0, resource, &wanted, nullptr) == 0) continue;
    failure.error = errno;
    failure.name = limits + i * sizeof limit;
    failure.hard = limit.hard;
    rlimit now{};
    if (failure.error == EPERM && prlimit(0, resource, nullptr, &now) == 0) failure.ceiling = ceiling_of(limit, now);
    return -1;
  }
  return 0;
}

const char* words_of(const LimitFailure& failure, Arena& arena) noexcept {
  const char* name = concat(arena, "rlimit ", failure.name);
  if (failure.ceiling == 0 || name == nullptr) return name;
  const Decimal wanted(failure.hard);
  return concat(arena, name, ": hard limit ", failure.hard == RLIM_INFINITY ? "unlimited" : wanted.text,
                " cannot be raised above ", Decimal(failure.ceiling).text);
}

}  // namespace nsbuild::init
