#include "engine/init/setup.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nsbuild::init {
namespace {

/// All of /proc/self/mountinfo; it has no size, so it is read until it ends.
char* read_mountinfo(Setup& setup) noexcept {
  const engine::Fd file(openat(setup.proc.get(), "self/mountinfo", O_RDONLY | O_CLOEXEC));
  if (!file) return nullptr;
  constexpr std::size_t step = 65536;
  char* text = setup.arena.take(step);
  for (std::size_t have = 0, room = step; text != nullptr;) {
    const ssize_t came = read(file.get(), text + have, room - have - 1);
    if (came < 0) return nullptr;
    if (came == 0) return text;
    have += static_cast<std::size_t>(came);
    if (room - have > step / 2) continue;
    if (setup.arena.take(step) == nullptr) break;  // the arena hands out neighbours
    room += step;
  }
  errno = ENOMEM;
  return nullptr;
}

/// Blanks and the like are written as three octal digits; undone in place.
void unescape(char* text) noexcept {
  char* to = text;
  for (const char* from = text; *from != '\0';) {
    if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] != '\0' && from[3] != '\0') {
      *to++ = static_cast<char>((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
      from += 4;
    } else {
      *to++ = *from++;
    }
  }
  *to = '\0';
}

bool is_below(const char* path, const char* directory) noexcept {
  const std::size_t size = std::strcmp(directory, "/") == 0 ? 0 : std::strlen(directory);
  return std::strncmp(path, directory, size) == 0 && path[size] == '/' && path[size + 1] != '\0';
}

/// The mount points below the directory, as pointers into the text.
std::size_t collect(char* mountinfo, const char* directory, const char** points, std::size_t room) noexcept {
  std::size_t count = 0;
  while (char* line = strsep(&mountinfo, "\n")) {
    char* field = nullptr;
    for (int i = 0; i < 5; ++i) field = strsep(&line, " ");
    if (field == nullptr) continue;
    unescape(field);
    if (is_below(field, directory) && count < room) points[count++] = field;
  }
  return count;
}

/// What another mount hides is still listed, but its path leads elsewhere.
bool is_reachable(const char* path) noexcept {
  struct statx status {};
  return statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, 0, &status) == 0 &&
         (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

bool is_covered(const char* const* points, std::size_t count, std::size_t which) noexcept {
  for (std::size_t i = 0; i < count; ++i)
    if (is_below(points[which], points[i]) || (i < which && std::strcmp(points[i], points[which]) == 0)) return true;
  return false;
}

std::size_t lines_in(const char* text) noexcept {
  std::size_t count = 1;
  for (; *text != '\0'; ++text) count += *text == '\n' ? 1U : 0U;
  return count;
}

const char* list_mounts(Setup& setup, const char* directory, bool nested) noexcept {
  char* text = read_mountinfo(setup);
  if (text == nullptr) return nullptr;
  const std::size_t size = std::strlen(text);
  const std::size_t room = lines_in(text);
  const auto** points = setup.arena.array<const char*>(room);
  char* list = setup.arena.take(size + 2);
  if (points == nullptr || list == nullptr) return errno = ENOMEM, nullptr;
  const std::size_t count = collect(text, directory, points, room);
  char* end = list;
  for (std::size_t i = 0; i < count; ++i)
    if ((nested || !is_covered(points, count, i)) && is_reachable(points[i])) end = stpcpy(end, points[i]) + 1;
  return list;
}

}  // namespace

const char* mounts_below(Setup& setup, const char* directory) noexcept { return list_mounts(setup, directory, false); }

const char* all_mounts_below(Setup& setup, const char* directory) noexcept {
  return list_mounts(setup, directory, true);
}

}  // namespace nsbuild::init
