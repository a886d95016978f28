#include "engine/init/setup.hpp"

#include "engine/init/identity.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nsbuild::init {
namespace {

constexpr unsigned by_descriptor = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;

/// One operation, with the texts it speaks of.
struct Doing {
  Setup& setup;
  const Operation& operation;
  const char* first;
  const char* second;
  const char* third;
  int* slots;

  bool has(OperationFlags flag) const noexcept { return (operation.flags & flag) != 0; }
  /// Fine after all when the machine has no such thing and the operation is optional.
  bool fail_unless_absent(const char* detail) noexcept {
    return (has(optional) && (errno == ENOENT || errno == ENODEV)) || setup.fail(detail);
  }
};

bool set_read_only(int mount, unsigned flags) noexcept {
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  return mount_setattr(mount, "", AT_EMPTY_PATH | flags, &attributes, sizeof attributes) == 0;
}

bool do_set_hostname(Doing& doing) noexcept {
  return sethostname(doing.first, doing.operation.first.size) == 0 || doing.setup.fail();
}

bool do_grab(Doing& doing) noexcept {
  int& slot = doing.slots[doing.operation.slot];
  slot = open_tree(AT_FDCWD, doing.first, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
  return slot >= 0 || doing.fail_unless_absent("");
}

bool do_mount_new(Doing& doing) noexcept {
  return mount(doing.first, doing.second, doing.first, MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) == 0 ||
         doing.fail_unless_absent("");
}

/// The kernel's EINVAL would not say what is wrong.
bool same_kind(Setup& setup, const struct stat& tree, const engine::Fd& at) noexcept {
  struct stat status {};
  if (fstat(at.get(), &status) != 0) return setup.fail();
  if (S_ISDIR(tree.st_mode) == S_ISDIR(status.st_mode)) return true;
  return setup.fail("", S_ISDIR(status.st_mode) ? EISDIR : ENOTDIR);
}

bool do_attach(Doing& doing) noexcept {
  const engine::Fd tree(doing.slots[doing.operation.slot]);
  doing.slots[doing.operation.slot] = -1;
  if (!tree) return true;  // its grab was optional
  struct stat status {};
  if (fstat(tree.get(), &status) != 0) return doing.setup.fail();
  if (doing.has(read_only) && !set_read_only(tree.get(), AT_RECURSIVE)) return doing.setup.fail("read-only");
  const engine::Fd at = target(doing.setup, doing.first, S_ISDIR(status.st_mode), doing.has(make_target));
  if (!at) return doing.has(optional) && doing.setup.failure.error == ENOENT;
  if (!same_kind(doing.setup, status, at)) return false;
  return move_mount(tree.get(), "", at.get(), "", by_descriptor) == 0 || doing.setup.fail();
}

/// The scratch is mounted first and hidden by a bind of one of its own directories: one tmpfs does for both.
bool do_private_run(Doing& doing) noexcept {
  Setup& setup = doing.setup;
  setup.scratch_at = doing.first;
  if (mount("tmpfs", doing.first, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") != 0) return setup.fail();
  setup.scratch.reset(open(doing.first, O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!setup.scratch || mkdirat(setup.scratch.get(), "run", 0755) != 0) return setup.fail();
  const engine::Fd run(open_tree(setup.scratch.get(), "run", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  if (!run || move_mount(run.get(), "", AT_FDCWD, doing.first, MOVE_MOUNT_F_EMPTY_PATH) != 0) return setup.fail();
  return setup.own(fcntl(run.get(), F_DUPFD_CLOEXEC, 0), false);
}

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

bool find_owner(Doing& doing, Identity& identity) noexcept {
  Failure failure;
  if (look_up(doing.third, doing.setup.arena, identity, failure)) return true;
  return doing.setup.fail(failure.text, failure.error);
}

bool do_tmpfs(Doing& doing) noexcept {
  Setup& setup = doing.setup;
  Identity identity;
  if (!find_owner(doing, identity)) return false;
  const char* options = tmpfs_options(doing, identity);
  if (options == nullptr) return setup.fail("", E2BIG);
  const engine::Fd at = target(setup, doing.first, true, true);
  if (!at) return false;
  const char* path = concat(setup.arena, "/proc/self/fd/", Decimal(static_cast<unsigned long>(at.get())).text);
  if (path == nullptr || mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, options) != 0) return setup.fail();
  return setup.own(open(doing.first, O_PATH | O_DIRECTORY | O_CLOEXEC), doing.has(read_only));
}

bool fill(Doing& doing, const engine::Fd& file) noexcept {
  Identity identity;
  if (!find_owner(doing, identity)) return false;
  for (std::size_t done = 0; done < doing.operation.second.size;) {
    const ssize_t wrote = write(file.get(), doing.second + done, doing.operation.second.size - done);
    if (wrote < 0) return doing.setup.fail();
    done += static_cast<std::size_t>(wrote);
  }
  return (fchown(file.get(), identity.uid, identity.gid) == 0 &&
          fchmod(file.get(), doing.operation.mode & 07777U) == 0) ||
         doing.setup.fail();
}

/// A copy on the scratch, bound onto what is there.
bool bind_file(Doing& doing, const char* path) noexcept {
  Setup& setup = doing.setup;
  const char* name = concat(setup.arena, "file", Decimal(++setup.counter).text);
  if (name == nullptr) return setup.fail("", ENOMEM);
  const engine::Fd file(openat(setup.scratch.get(), name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return setup.fail();
  if (!fill(doing, file)) return false;
  const engine::Fd tree(open_tree(setup.scratch.get(), name, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  if (!tree) return setup.fail();
  const engine::Fd at = target(setup, path, false, true);
  if (!at) return false;
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return setup.fail();
  return same_kind(setup, status, at) && (move_mount(tree.get(), "", at.get(), "", by_descriptor) == 0 || setup.fail());
}

/// A missing target is simply made, so that a daemon may replace it by rename(2); what exists is covered.
bool do_write_file(Doing& doing) noexcept {
  if (access(doing.first, F_OK) == 0) return bind_file(doing, doing.first);
  const Resolved resolved = prepare_missing(doing.setup, doing.first);
  if (resolved.path == nullptr) return false;
  char* parent = concat(doing.setup.arena, resolved.path);
  if (parent == nullptr) return doing.setup.fail("", ENOMEM);
  char* slash = std::strrchr(parent, '/');
  *(slash == parent ? slash + 1 : slash) = '\0';
  const Own* owner = doing.setup.owner_of(parent);
  if (owner == nullptr || owner->read_only) return bind_file(doing, resolved.path);
  const engine::Fd file(open(resolved.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return doing.setup.fail(resolved.path);
  return fill(doing, file);
}

bool perform(Doing& doing) noexcept {
  switch (doing.operation.code) {
    case Code::set_hostname:
      return do_set_hostname(doing);
    case Code::grab:
      return do_grab(doing);
    case Code::mount_new:
      return do_mount_new(doing);
    case Code::attach:
      return do_attach(doing);
    case Code::private_run:
      return do_private_run(doing);
    case Code::tmpfs:
      return do_tmpfs(doing);
    case Code::write_file:
      return do_write_file(doing);
  }
  return doing.setup.fail("unknown operation", EPROTO);
}

/// What lies over something read-only, or was asked to be so, becomes it now that everything is made; not what is
/// mounted on it, which the service may write.
bool seal(Setup& setup) noexcept {
  setup.words = "read-only";
  for (const Own* own = setup.owned; own != nullptr; own = own->next)
    if (own->read_only && !set_read_only(own->mount, 0)) return setup.fail();
  return true;
}

}  // namespace

bool Setup::fail(const char* detail, int error) noexcept {
  failure.set(error < 0 ? errno : error, words, std::strstr(words, detail) != nullptr ? "" : detail);
  return false;
}

bool Setup::own(int mount, bool read_only) noexcept {
  auto* entry = arena.array<Own>(1);
  struct stat status {};
  if (entry == nullptr || fstat(mount, &status) != 0) return fail("", entry == nullptr ? ENOMEM : errno);
  *entry = {owned, status.st_dev, mount, read_only};
  owned = entry;
  return true;
}

const Own* Setup::owner_of(const char* directory) const noexcept {
  struct stat status {};
  if (stat(directory, &status) != 0) return nullptr;
  const Own* own = owned;
  while (own != nullptr && own->device != status.st_dev) own = own->next;
  return own;
}

bool furnish(Setup& setup, int launch) noexcept {
  const Mapping memory(launch);
  if (!memory) return setup.fail("launch");
  const auto* header = memory.at<LaunchHeader>(0);
  const auto* operations = memory.at<Operation>(sizeof(LaunchHeader));
  auto* slots = setup.arena.array<int>(header->slot_count + 1);
  if (slots == nullptr) return setup.fail("launch", ENOMEM);
  for (std::uint32_t i = 0; i < header->operation_count; ++i) {
    const Operation& operation = operations[i];
    setup.words = memory.text(operation.words);
    Doing doing{
        setup, operation, memory.text(operation.first), memory.text(operation.second), memory.text(operation.third),
        slots};
    if (!perform(doing)) return false;
  }
  return seal(setup);
}

}  // namespace nsbuild::init
