// New file systems, made detached with fsopen(2), and the kernel's words when they cannot be.
#include "engine/init/identity.hpp"
#include "engine/init/setup.hpp"

#include <cerrno>
#include <climits>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nsbuild::init {
namespace {

/// A layer's name is a descriptor of ours; people know it by its path.
const char* with_path(Setup& setup, const char* text) noexcept {
  const char* name = std::strstr(text, "self/fd/");
  if (name == nullptr) return text;
  const char* end = name + std::strlen("self/fd/");
  while (*end >= '0' && *end <= '9') ++end;
  char* before = concat(setup.arena, text);
  char* link = concat(setup.arena, name);
  char* target = setup.arena.take(PATH_MAX);
  if (before == nullptr || link == nullptr || target == nullptr) return text;
  before[name - text] = '\0';
  link[end - name] = '\0';
  if (readlinkat(setup.proc.get(), link, target, PATH_MAX - 1) < 0) return text;
  const char* whole = concat(setup.arena, before, target, end);
  return whole == nullptr ? text : whole;
}

/// What the file system says of its failure, `e overlay: …`, without the `e `; mostly nothing. errno stays.
const char* kernel_words(Setup& setup, const engine::Fd& context) noexcept {
  constexpr std::size_t room = 256;
  const int error = errno;
  char* text = setup.arena.take(room);
  const ssize_t size = text == nullptr ? -1 : read(context.get(), text, room - 1);
  if (size > 0 && text[size - 1] == '\n') text[size - 1] = '\0';
  const char* words = size <= 2 ? "" : with_path(setup, text + 2);
  errno = error;
  return words;
}

engine::Fd create(Setup& setup, const engine::Fd& context, unsigned attributes) noexcept {
  engine::Fd made;
  if (fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) == 0)
    made.reset(fsmount(context.get(), FSMOUNT_CLOEXEC, attributes));
  if (!made) setup.fail(kernel_words(setup, context));
  return made;
}

/// For whoever looks at the mounts; nothing else reads it.
bool set_source(const engine::Fd& context, const char* source) noexcept {
  return fsconfig(context.get(), FSCONFIG_SET_STRING, "source", source, 0) == 0;
}

bool set_options(const engine::Fd& context, char* options) noexcept {
  while (char* option = strsep(&options, ",")) {
    if (*option == '\0') continue;
    const char* key = strsep(&option, "=");
    const auto command = option == nullptr ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING;
    if (fsconfig(context.get(), command, key, option, 0) != 0) return false;
  }
  return true;
}

/// Layers are named by descriptor, through the /proc that we work in: a path could hold the option string's own `:`.
bool set_layer(Setup& setup, const engine::Fd& context, const char* key, int directory) noexcept {
  const char* path = concat(setup.arena, "self/fd/", Decimal(static_cast<unsigned long>(directory)).text);
  return path != nullptr && fsconfig(context.get(), FSCONFIG_SET_STRING, key, path, 0) == 0;
}

/// One by one since Linux 6.7, else in one text, which fsconfig(2) takes up to 256 bytes of.
bool set_lowers(Setup& setup, const engine::Fd& context, const Layers& layers) noexcept {
  constexpr std::size_t room = 256;
  char* joined = setup.arena.take(room);
  bool fits = joined != nullptr;
  for (std::size_t i = 0; fits && i < layers.lower_count; ++i)
    fits = append(joined, room, i == 0 ? "self/fd/" : ":self/fd/") &&
           append(joined, room, Decimal(static_cast<unsigned long>(layers.lower[i])).text);
  if (fits) return fsconfig(context.get(), FSCONFIG_SET_STRING, "lowerdir", joined, 0) == 0;
  for (std::size_t i = 0; i < layers.lower_count; ++i)
    if (!set_layer(setup, context, "lowerdir+", layers.lower[i])) return false;
  return true;
}

/// A directory on the scratch, open; the mode and owner of an overlay's root are those of its upper.
engine::Fd scratch_directory(Setup& setup, const char* name, const struct stat& like) noexcept {
  if (name == nullptr || mkdirat(setup.scratch.get(), name, 0700) != 0) return {};
  engine::Fd fd(openat(setup.scratch.get(), name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || fchown(fd.get(), like.st_uid, like.st_gid) != 0 || fchmod(fd.get(), like.st_mode & 07777U) != 0) return {};
  return fd;
}

}  // namespace

engine::Fd make_filesystem(Setup& setup, const char* type, const char* options, unsigned attributes) noexcept {
  const engine::Fd context(fsopen(type, FSOPEN_CLOEXEC));
  char* copy = concat(setup.arena, options);
  if (context && copy != nullptr && set_source(context, type) && set_options(context, copy))
    return create(setup, context, attributes);
  setup.fail(context ? kernel_words(setup, context) : "");
  return {};
}

/// Every mount of it is an instance of its own (since Linux 4.7); its terminals belong to the group that the root has
/// for them.
engine::Fd make_devpts(Setup& setup, unsigned attributes) noexcept {
  gid_t gid = 0;
  const bool has_group = find_group("tty", setup.arena, gid);
  const char* options =
      concat(setup.arena, "ptmxmode=0666,mode=0620", has_group ? ",gid=" : "", has_group ? Decimal(gid).text : "");
  if (options == nullptr) return setup.fail("", ENOMEM), engine::Fd();
  return make_filesystem(setup, "devpts", options, attributes);
}

engine::Fd make_overlay(Setup& setup, const Layers& layers) noexcept {
  const engine::Fd context(fsopen("overlay", FSOPEN_CLOEXEC));
  const bool ok = context && set_source(context, "overlay") && fchdir(setup.proc.get()) == 0 &&
                  set_lowers(setup, context, layers) && set_layer(setup, context, "upperdir", layers.upper) &&
                  set_layer(setup, context, "workdir", layers.work);
  if (ok) return create(setup, context, 0);
  setup.fail(context ? kernel_words(setup, context) : "");
  return {};
}

bool scratch_layers(Setup& setup, Layers& layers, engine::Fd& upper, engine::Fd& work) noexcept {
  struct stat like {};
  if (!setup.scratch) return setup.fail("", ENOENT);
  if (fstat(layers.lower[0], &like) != 0) return setup.fail();
  const Decimal number(++setup.counter);
  upper = scratch_directory(setup, concat(setup.arena, "upper", number.text), like);
  work = scratch_directory(setup, concat(setup.arena, "work", number.text), like);
  layers.upper = upper.get();
  layers.work = work.get();
  return (upper && work) || setup.fail();
}

bool set_read_only(int mount, bool below_too) noexcept {
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  const unsigned depth = below_too ? unsigned{AT_RECURSIVE} : 0U;
  return mount_setattr(mount, "", AT_EMPTY_PATH | depth, &attributes, sizeof attributes) == 0;
}

}  // namespace nsbuild::init
