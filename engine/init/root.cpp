// The root of a service: the machine's or a tree of its own, as it is, frozen, or with everything written thrown away.
#include "engine/init/operations.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace nsbuild::init {
namespace {

/// What every service has made anew, or shares with the machine on purpose.
bool is_system(const char* path) noexcept {
  constexpr std::array<const char*, 4> directories{"/dev", "/proc", "/run", "/sys"};
  return std::any_of(directories.begin(), directories.end(), [&](const char* directory) {
    const std::size_t size = std::strlen(directory);
    return std::strncmp(path, directory, size) == 0 && (path[size] == '\0' || path[size] == '/');
  });
}

/// Whether the kernel takes no layer of a file system, or none so deep, or root may not enter it (FUSE): that does not
/// pass.
bool bars_overlays(int error) noexcept {
  return error == EINVAL || error == EOPNOTSUPP || error == ELOOP || error == EACCES;
}

/// A mount of the machine that no overlay can go over, a file above all, cannot be written any more.
bool freeze(Setup& setup, const char* path) noexcept {
  const engine::Fd mount(open_tree(AT_FDCWD, path, OPEN_TREE_CLOEXEC | AT_NO_AUTOMOUNT));
  return (mount && set_read_only(mount.get(), false)) || setup.fail(path);
}

bool privatize(Setup& setup, const char* path) noexcept {
  struct stat status {};
  struct statfs about {};
  if (is_system(path)) return true;
  if (stat(path, &status) != 0 || statfs(path, &about) != 0) return errno != ENOMEM || setup.fail(path);
  if (setup.owner_of(path) != nullptr || (about.f_flags & ST_RDONLY) != 0) return true;
  if (!S_ISDIR(status.st_mode)) return freeze(setup, path);
  return cover(setup, path) || (bars_overlays(setup.failure.error) && freeze(setup, path));
}

}  // namespace

bool Setup::change_root(const engine::Fd& tree) noexcept {
  if (!machine_root) machine_root.reset(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  root.reset(fcntl(tree.get(), F_DUPFD_CLOEXEC, 0));
  return machine_root && root && fchdir(tree.get()) == 0 && chroot(".") == 0;
}

/// chroot(2) until here: the machine's mounts had to stay attached for what is taken of them. pivot_root(".", ".") as
/// in pivot_root(2) leaves the old root on top of the new one, from where it goes with all below.
bool Setup::leave_machine() noexcept {
  if (!machine_root) return true;
  words = "pivot_root";
  return (fchdir(machine_root.get()) == 0 && chroot(".") == 0 && fchdir(root.get()) == 0 &&
          syscall(SYS_pivot_root, ".", ".") == 0 && umount2(".", MNT_DETACH) == 0 && chdir("/") == 0) ||
         fail();
}

bool do_freeze_root(Doing& doing) noexcept {
  const engine::Fd root(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  return (root && set_read_only(root.get(), true)) || doing.setup.fail();
}

/// Lies on the machine's /run, where it stays, below the private /run or left behind with the machine's root.
bool do_scratch(Doing& doing) noexcept {
  Setup& setup = doing.setup;
  setup.scratch = make_filesystem(setup, "tmpfs", "mode=0755", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
  if (!setup.scratch) return false;
  return (move_mount(setup.scratch.get(), "", AT_FDCWD, doing.first, MOVE_MOUNT_F_EMPTY_PATH) == 0 &&
          mkdirat(setup.scratch.get(), "root", 0755) == 0) ||
         setup.fail();
}

bool do_enter_root(Doing& doing) noexcept {
  Setup& setup = doing.setup;
  const engine::Fd tree = doing.take(doing.operation.slot);
  struct stat status {};
  if (fstat(tree.get(), &status) != 0) return setup.fail();
  if (!S_ISDIR(status.st_mode)) return setup.fail("", ENOTDIR);
  if (doing.has(read_only) && !set_read_only(tree.get(), true)) return setup.fail("read-only");
  return (move_mount(tree.get(), "", setup.scratch.get(), "root", MOVE_MOUNT_F_EMPTY_PATH) == 0 &&
          setup.change_root(tree)) ||
         setup.fail();
}

/// Covers the root and whatever else is mounted that could be written. The order does not matter: a cover takes along
/// what is mounted below.
bool do_privatize(Doing& doing) noexcept {
  Setup& setup = doing.setup;
  if (!cover(setup, "/")) return false;
  setup.owned->read_only = false;
  const char* point = all_mounts_below(setup, "/");
  if (point == nullptr) return setup.fail();
  for (; *point != '\0'; point += std::strlen(point) + 1)
    if (!privatize(setup, point)) return false;
  return true;
}

bool do_private_dir(Doing& doing) noexcept {
  Setup& setup = doing.setup;
  const mode_t before = umask(0);
  const bool made = mkdirat(setup.scratch.get(), doing.second, doing.operation.mode) == 0;
  umask(before);
  engine::Fd own(made ? open_tree(setup.scratch.get(), doing.second, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC) : -1);
  if (!own) return setup.fail();
  const engine::Fd at = target(setup, doing.first, true, doing.has(make_target));
  if (!at) return doing.forgiven();
  return (move_mount(own.get(), "", at.get(), "", move_by_descriptor) == 0 || setup.fail()) &&
         setup.own(own.release(), false);
}

}  // namespace nsbuild::init
