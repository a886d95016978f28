#include "engine/init/setup.hpp"

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

/// A directory on the scratch, open; the mode and owner of an overlay's root are those of its upper.
engine::Fd scratch_directory(Setup& setup, const char* name, const struct stat& like) noexcept {
  if (name == nullptr || mkdirat(setup.scratch.get(), name, 0700) != 0) return {};
  engine::Fd fd(openat(setup.scratch.get(), name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || fchown(fd.get(), like.st_uid, like.st_gid) != 0 || fchmod(fd.get(), like.st_mode & 07777U) != 0) return {};
  return fd;
}

/// Layers are named by descriptor: a path could hold the option string's own `:` and `,`.
bool set_layer(Setup& setup, int context, const char* key, const engine::Fd& directory) noexcept {
  const char* path = concat(setup.arena, "/proc/self/fd/", Decimal(static_cast<unsigned long>(directory.get())).text);
  return path != nullptr && fsconfig(context, FSCONFIG_SET_STRING, key, path, 0) == 0;
}

/// A detached overlay with the directory below.
engine::Fd make_overlay(Setup& setup, const engine::Fd& lower) noexcept {
  struct stat like {};
  if (fstat(lower.get(), &like) != 0) return {};
  const Decimal number(++setup.counter);
  const engine::Fd upper = scratch_directory(setup, concat(setup.arena, "upper", number.text), like);
  const engine::Fd work = scratch_directory(setup, concat(setup.arena, "work", number.text), like);
  const engine::Fd context(fsopen("overlay", FSOPEN_CLOEXEC));
  if (!upper || !work || !context || !set_layer(setup, context.get(), "lowerdir", lower) ||
      !set_layer(setup, context.get(), "upperdir", upper) || !set_layer(setup, context.get(), "workdir", work) ||
      fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0)
    return {};
  return engine::Fd(fsmount(context.get(), FSMOUNT_CLOEXEC, 0));
}

/// Lays copies of the mounts below onto the overlay.
bool cover_directory(Setup& setup, const char* directory, const engine::Fd& overlay, const char* below) noexcept {
  std::size_t count = 0;
  for (const char* p = below; *p != '\0'; p += std::strlen(p) + 1) ++count;
  auto* copies = setup.arena.array<int>(count + 1);
  if (copies == nullptr) return errno = ENOMEM, false;
  std::size_t i = 0;
  for (const char* p = below; *p != '\0'; p += std::strlen(p) + 1)
    copies[i++] = open_tree(AT_FDCWD, p, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
  bool ok = move_mount(overlay.get(), "", AT_FDCWD, directory, MOVE_MOUNT_F_EMPTY_PATH) == 0;
  i = 0;
  for (const char* p = below; *p != '\0'; p += std::strlen(p) + 1, ++i) {
    ok = ok && move_mount(copies[i], "", AT_FDCWD, p, MOVE_MOUNT_F_EMPTY_PATH) == 0;
    engine::Fd(copies[i]).reset();
  }
  return ok;
}

/// The overlay becomes the root. Mounts are moved, not copied, and the one with the scratch by its descriptor: its path
/// leads to what covers it. pivot_root(".", ".") as in pivot_root(2).
bool cover_root(Setup& setup, const engine::Fd& overlay, const char* below) noexcept {
  if (move_mount(overlay.get(), "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) != 0) return false;
  for (const char* p = below; *p != '\0'; p += std::strlen(p) + 1) {
    const bool is_scratch = std::strcmp(p, setup.scratch_at) == 0;
    const int moved = is_scratch ? move_mount(setup.scratch.get(), "", overlay.get(), p + 1, MOVE_MOUNT_F_EMPTY_PATH)
                                 : move_mount(AT_FDCWD, p, overlay.get(), p + 1, 0);
    if (moved != 0) return false;
  }
  return fchdir(overlay.get()) == 0 && syscall(SYS_pivot_root, ".", ".") == 0 && umount2(".", MNT_DETACH) == 0 &&
         chdir("/") == 0;
}

}  // namespace

bool cover(Setup& setup, const char* directory) noexcept {
  const char* detail = concat(setup.arena, "overlay over ", directory);
  if (detail == nullptr) return setup.fail("", ENOMEM);
  if (!setup.scratch) return setup.fail(detail, ENOENT);
  const engine::Fd lower(open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC));
  struct statfs about {};
  if (!lower || statfs(directory, &about) != 0) return setup.fail(detail);
  const char* below = mounts_below(setup, directory);
  engine::Fd overlay = below == nullptr ? engine::Fd() : make_overlay(setup, lower);
  if (!overlay) return setup.fail(detail);
  const bool is_root = std::strcmp(directory, "/") == 0;
  if (!(is_root ? cover_root(setup, overlay, below) : cover_directory(setup, directory, overlay, below)))
    return setup.fail(detail);
  return setup.own(overlay.release(), (about.f_flags & ST_RDONLY) != 0);
}

}  // namespace nsbuild::init
