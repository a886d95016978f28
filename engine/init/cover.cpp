#include "engine/init/setup.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

namespace nsbuild::init {
namespace {

/// Descriptors of the mounts below, null when one cannot be had: once they are hidden no path leads there.
int* open_mounts(Setup& setup, const char* below) noexcept {
  std::size_t count = 0;
  for (const char* p = below; *p != '\0'; p += std::strlen(p) + 1) ++count;
  auto* mounts = setup.arena.array<int>(count + 1);
  if (mounts == nullptr) return errno = ENOMEM, nullptr;
  std::size_t i = 0;
  for (const char* p = below; *p != '\0'; p += std::strlen(p) + 1, ++i)
    if ((mounts[i] = open_tree(AT_FDCWD, p, OPEN_TREE_CLOEXEC | AT_NO_AUTOMOUNT)) < 0) return nullptr;
  return mounts;
}

/// Lays the overlay over the directory and moves the mounts below onto it.
bool lay(Setup& setup, const char* directory, const engine::Fd& overlay, const char* below) noexcept {
  const bool is_root = std::strcmp(directory, "/") == 0;
  const std::size_t skipped = is_root ? 1 : std::strlen(directory) + 1;
  int* mounts = open_mounts(setup, below);
  if (mounts == nullptr) return false;
  bool ok = move_mount(overlay.get(), "", AT_FDCWD, directory, MOVE_MOUNT_F_EMPTY_PATH) == 0;
  for (const char* p = below; *p != '\0'; p += std::strlen(p) + 1) {
    const engine::Fd mount(*mounts++);
    ok = ok && move_mount(mount.get(), "", overlay.get(), p + skipped, MOVE_MOUNT_F_EMPTY_PATH) == 0;
  }
  return ok && (!is_root || setup.change_root(overlay));
}

bool cover_with_overlay(Setup& setup, const char* directory) noexcept {
  const engine::Fd lower(open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC));
  struct statfs about {};
  if (!lower || statfs(directory, &about) != 0) return setup.fail();
  const int bottom = lower.get();
  Layers layers{&bottom, 1, -1, -1};
  engine::Fd upper;
  engine::Fd work;
  if (!scratch_layers(setup, layers, upper, work)) return false;
  engine::Fd overlay = make_overlay(setup, layers);
  if (!overlay) return false;
  const char* below = mounts_below(setup, directory);
  if (below == nullptr || !lay(setup, directory, overlay, below)) return setup.fail();
  return setup.own(overlay.release(), (about.f_flags & ST_RDONLY) != 0);
}

}  // namespace

bool cover(Setup& setup, const char* directory) noexcept {
  const char* const outer = setup.words;
  const char* const words = concat(setup.arena, outer, ": overlay over ", directory);
  if (words == nullptr) return setup.fail("", ENOMEM);
  setup.words = words;
  const bool ok = cover_with_overlay(setup, directory);
  setup.words = outer;
  return ok;
}

}  // namespace nsbuild::init
