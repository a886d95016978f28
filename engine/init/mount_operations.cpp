// Mounts: what is held of the machine's, what is new, and where both go.
#include "engine/init/operations.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

namespace nsbuild::init {
namespace {

bool octal(const Doing& doing, char (&text)[8]) noexcept {
  std::uint32_t mode = doing.operation.mode & 07777U;
  for (int i = 4; i >= 0; --i, mode >>= 3U) text[i] = static_cast<char>('0' + (mode & 7U));
  text[5] = '\0';
  return doing.has(has_mode);
}

/// tmpfs(5)'s mount options.
const char* tmpfs_options(Doing& doing, const Identity& identity) noexcept {
  constexpr std::size_t room = 256;
  char* options = doing.setup.arena.take(room);
  char mode[8];
  if (options == nullptr) return nullptr;
  bool fits = append(options, room, "uid=") && append(options, room, Decimal(identity.uid).text) &&
              append(options, room, ",gid=") && append(options, room, Decimal(identity.gid).text);
  if (octal(doing, mode)) fits = fits && append(options, room, ",mode=") && append(options, room, mode);
  if (*doing.second != '\0') fits = fits && append(options, room, ",size=") && append(options, room, doing.second);
  return fits ? options : nullptr;
}

/// A mount that is made and then has no place costs the wait for an RCU grace period when it is closed
/// (namespace_unlock() in fs/namespace.c), so what may be missing is looked for first.
bool may_be_left_out(const Doing& doing, const char* path) noexcept {
  return doing.has(optional) && access(path, F_OK) != 0;
}

/// Puts a detached mount onto its target.
bool attach_to(Doing& doing, const engine::Fd& mount, const char* path) noexcept {
  const engine::Fd at = target(doing.setup, path, true, doing.has(make_target));
  if (!at) return false;
  struct stat status {};
  if (fstat(mount.get(), &status) != 0) return doing.setup.fail();
  return same_kind(doing.setup, status, at) &&
         (move_mount(mount.get(), "", at.get(), "", move_by_descriptor) == 0 || doing.setup.fail());
}

/// A directory of the machine that nsbuild made beside the upper, or a new one on the scratch.
bool find_layers(Doing& doing, Layers& layers, engine::Fd (&ours)[2]) noexcept {
  const std::uint32_t count = doing.operation.mode;
  layers = {doing.slots + doing.operation.slot, count, -1, -1};
  if (doing.has(keeps_upper)) {
    layers.upper = layers.lower[count];
    layers.work = layers.lower[count + 1];
    return true;
  }
  return scratch_layers(doing.setup, layers, ours[0], ours[1]);
}

}  // namespace

bool same_kind(Setup& setup, const struct stat& tree, const engine::Fd& at) noexcept {
  struct stat status {};
  if (fstat(at.get(), &status) != 0) return setup.fail();
  if (S_ISDIR(tree.st_mode) == S_ISDIR(status.st_mode)) return true;
  return setup.fail("", S_ISDIR(status.st_mode) ? EISDIR : ENOTDIR);
}

bool find_owner(Doing& doing, Identity& identity) noexcept {
  Failure failure;
  if (look_up({.user = doing.third}, doing.setup.arena, identity, failure)) return true;
  return doing.setup.fail(failure.text, failure.error);
}

engine::Fd Doing::take(std::uint32_t slot) const noexcept {
  engine::Fd held(slots[slot]);
  slots[slot] = -1;
  return held;
}

bool do_grab(Doing& doing) noexcept {
  int& slot = doing.slots[doing.operation.slot];
  const unsigned depth = doing.has(shallow) ? 0U : unsigned{AT_RECURSIVE};
  slot = open_tree(AT_FDCWD, doing.first, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | depth);
  return slot >= 0 || doing.setup.fail() || doing.forgiven();
}

bool do_hold(Doing& doing) noexcept {
  int& slot = doing.slots[doing.operation.slot];
  slot = open(doing.first, O_PATH | O_DIRECTORY | O_CLOEXEC);
  return slot >= 0 || doing.setup.fail(doing.first);
}

bool do_attach(Doing& doing) noexcept {
  const engine::Fd tree = doing.take(doing.operation.slot);
  if (!tree) return true;  // its grab was optional
  struct stat status {};
  if (fstat(tree.get(), &status) != 0) return doing.setup.fail();
  if (doing.has(read_only) && !set_read_only(tree.get(), true)) return doing.setup.fail("read-only");
  const engine::Fd at = target(doing.setup, doing.first, S_ISDIR(status.st_mode), doing.has(make_target));
  if (!at) return doing.forgiven();
  if (!same_kind(doing.setup, status, at)) return false;
  return move_mount(tree.get(), "", at.get(), "", move_by_descriptor) == 0 || doing.setup.fail();
}

bool do_mount_new(Doing& doing) noexcept {
  Setup& setup = doing.setup;
  if (may_be_left_out(doing, doing.second)) return true;
  const unsigned attributes =
      MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | (doing.has(read_only) ? unsigned{MOUNT_ATTR_RDONLY} : 0U);
  const engine::Fd made = std::strcmp(doing.first, "devpts") == 0
                              ? make_devpts(setup, attributes)
                              : make_filesystem(setup, doing.first, "", attributes | MOUNT_ATTR_NODEV);
  return (made && attach_to(doing, made, doing.second)) || doing.forgiven();
}

bool do_tmpfs(Doing& doing) noexcept {
  Setup& setup = doing.setup;
  Identity identity;
  if (!find_owner(doing, identity)) return false;
  const char* options = tmpfs_options(doing, identity);
  if (options == nullptr) return setup.fail("", E2BIG);
  engine::Fd made = make_filesystem(setup, "tmpfs", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
  return made && attach_to(doing, made, doing.first) && setup.own(made.release(), doing.has(read_only));
}

/// In an upper that ends with the service things may be made; one that is kept is the machine's.
bool do_overlay(Doing& doing) noexcept {
  Setup& setup = doing.setup;
  if (may_be_left_out(doing, doing.first)) return true;
  Layers layers;
  engine::Fd ours[2];
  if (!find_layers(doing, layers, ours)) return false;
  engine::Fd made = make_overlay(setup, layers);
  if (!made || !attach_to(doing, made, doing.first)) return false;
  if (!doing.has(keeps_upper)) return setup.own(made.release(), doing.has(read_only));
  return !doing.has(read_only) || set_read_only(made.get(), false) || setup.fail("read-only");
}

}  // namespace nsbuild::init
