#include "engine/init/listmount.hpp"
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

/// Mount points.
struct Points {
  const char** all = nullptr;
  std::size_t count = 0;
};

std::size_t lines_in(const char* text) noexcept {
  std::size_t count = 1;
  for (; *text != '\0'; ++text) count += *text == '\n' ? 1U : 0U;
  return count;
}

/// All of the mount namespace, as pointers into the text of mountinfo.
bool read_points(Setup& setup, Points& points) noexcept {
  char* text = read_mountinfo(setup);
  if (text == nullptr) return false;
  points.all = setup.arena.array<const char*>(lines_in(text));
  if (points.all == nullptr) return errno = ENOMEM, false;
  while (char* line = strsep(&text, "\n")) {
    char* field = nullptr;
    for (int i = 0; i < 5; ++i) field = strsep(&line, " ");
    if (field == nullptr) continue;
    unescape(field);
    points.all[points.count++] = field;
  }
  return true;
}

/// Few are asked of the kernel one by one; it can be too old for that, and a filter of system calls may refuse it.
bool find_points(Setup& setup, const char* directory, Points& points) noexcept {
  constexpr int few = 32;
  points.all = setup.arena.array<const char*>(few);
  if (points.all == nullptr) return errno = ENOMEM, false;
  const int count = list_points(setup.arena, directory, points.all, few);
  if (count < 0) return read_points(setup, points);
  points.count = static_cast<std::size_t>(count);
  return true;
}

void keep_those_below(const char* directory, Points& points) noexcept {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < points.count; ++i)
    if (is_below(points.all[i], directory)) points.all[kept++] = points.all[i];
  points.count = kept;
}

/// What another mount hides is still listed, but its path leads elsewhere.
bool is_reachable(const char* path) noexcept {
  struct statx status {};
  return statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, 0, &status) == 0 &&
         (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

bool is_covered(const Points& points, std::size_t which) noexcept {
  for (std::size_t i = 0; i < points.count; ++i)
    if (is_below(points.all[which], points.all[i]) || (i < which && std::strcmp(points.all[i], points.all[which]) == 0))
      return true;
  return false;
}

const char* list_mounts(Setup& setup, const char* directory, bool nested) noexcept {
  Points points;
  if (!find_points(setup, directory, points)) return nullptr;
  keep_those_below(directory, points);
  std::size_t size = 1;
  for (std::size_t i = 0; i < points.count; ++i) size += std::strlen(points.all[i]) + 1;
  char* list = setup.arena.take(size);
  if (list == nullptr) return errno = ENOMEM, nullptr;
  char* end = list;
  for (std::size_t i = 0; i < points.count; ++i)
    if ((nested || !is_covered(points, i)) && is_reachable(points.all[i])) end = stpcpy(end, points.all[i]) + 1;
  return list;
}

}  // namespace

const char* mounts_below(Setup& setup, const char* directory) noexcept { return list_mounts(setup, directory, false); }

const char* all_mounts_below(Setup& setup, const char* directory) noexcept {
  return list_mounts(setup, directory, true);
}

}  // namespace nsbuild::init
