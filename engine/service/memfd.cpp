#include "engine/service/memfd.hpp"

#include "engine/error.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace nsbuild::engine {
namespace {

// linux/memfd.h since 6.3; Debian 12's headers are older.
constexpr unsigned mfd_noexec_seal = 0x0008;
constexpr unsigned mfd_exec = 0x0010;

/// Kernels before 6.3 know neither flag and take EINVAL as their answer; later ones may insist on one
/// (vm.memfd_noexec).
Fd create(const std::string& name, unsigned kind) {
  const std::string fits = name.substr(0, memfd_name_max);
  Fd fd(memfd_create(fits.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING | kind));
  if (!fd && errno == EINVAL) fd.reset(memfd_create(fits.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) throw SysError("memfd_create " + fits);
  return fd;
}

void fill(const Fd& fd, const std::string& name, std::string_view content) {
  while (!content.empty()) {
    const ssize_t wrote = write(fd.get(), content.data(), content.size());
    if (wrote < 0 && errno != EINTR) throw SysError("write memfd " + name);
    if (wrote > 0) content.remove_prefix(static_cast<std::size_t>(wrote));
  }
}

void seal(const Fd& fd, const std::string& name, int seals) {
  if (fcntl(fd.get(), F_ADD_SEALS, seals) != 0) throw SysError("seal memfd " + name);
}

constexpr int all_seals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;

}  // namespace

Fd sealed_memfd(const std::string& name, std::string_view content) {
  Fd fd = create(name, mfd_noexec_seal);
  fill(fd, name, content);
  seal(fd, name, all_seals);
  return fd;
}

bool is_sealed(int memfd) {
  const int seals = fcntl(memfd, F_GET_SEALS);
  return seals >= 0 && (seals & all_seals) == all_seals;
}

Fd shared_memfd(const std::string& name, std::string_view content, std::size_t size) {
  Fd fd = create(name, mfd_noexec_seal);
  fill(fd, name, content);
  if (size > content.size() && ftruncate(fd.get(), static_cast<off_t>(size)) != 0) throw SysError("size memfd " + name);
  seal(fd, name, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
  return fd;
}

Fd scratch_memfd(const std::string& name) { return create(name, mfd_noexec_seal); }

Fd program_memfd(const std::string& name, std::string_view content) {
  Fd fd = create(name, mfd_exec);
  fill(fd, name, content);
  return fd;
}

}  // namespace nsbuild::engine
