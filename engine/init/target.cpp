#include "engine/init/setup.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nsbuild::init {
namespace {

constexpr int links_max = 40;  // as many as the kernel follows (path_resolution(7))

struct Walk {
  char* done;  // canonical so far, "" is the root
  char* todo;
  int links = 0;
};

void strip_last(char* path) noexcept {
  char* slash = std::strrchr(path, '/');
  if (slash != nullptr) *slash = '\0';
}

/// Puts a link's text in front of what is left to do.
bool follow(Walk& walk, char*& rest, char* link) noexcept {
  if (++walk.links > links_max) return errno = ELOOP, false;
  char joined[PATH_MAX] = {};
  if (!append(joined, sizeof joined, link) || !append(joined, sizeof joined, "/") ||
      (rest != nullptr && !append(joined, sizeof joined, rest)))
    return errno = ENAMETOOLONG, false;
  if (*link == '/') *walk.done = '\0';
  std::copy_n(joined, std::strlen(joined) + 1, walk.todo);
  rest = walk.todo;
  return true;
}

/// One component that is neither empty nor a dot. False with ENOENT when it is missing; `done` then ends in it.
bool step(Walk& walk, const char* component, char*& rest) noexcept {
  const std::size_t before = std::strlen(walk.done);
  if (!append(walk.done, PATH_MAX, "/") || !append(walk.done, PATH_MAX, component)) return errno = ENAMETOOLONG, false;
  struct stat status {};
  if (lstat(walk.done, &status) != 0) return false;
  if (!S_ISLNK(status.st_mode)) return true;
  char link[PATH_MAX];
  const ssize_t size = readlink(walk.done, link, sizeof link - 1);
  if (size < 0) return false;
  link[size] = '\0';
  walk.done[before] = '\0';
  return follow(walk, rest, link);
}

/// The nearest existing parent, if it lies on a file system of ours.
bool open_nearest(Setup& setup, const char* parent, Missing& missing) noexcept {
  missing.existing.reset(open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC));
  missing.owner = missing.existing ? setup.owner_of(missing.existing) : nullptr;
  return missing.owner != nullptr;
}

/// Covers it where it does not. Who owns a directory on the way may have put a link there since it was resolved.
bool find_own(Setup& setup, const char* parent, Missing& missing) noexcept {
  if (open_nearest(setup, parent, missing)) return true;
  return cover(setup, parent) && (open_nearest(setup, parent, missing) || setup.fail(parent, EAGAIN));
}

bool make_directories(Setup& setup, const Missing& missing, char* rest) noexcept {
  for (char* slash = std::strchr(rest, '/'); slash != nullptr; slash = std::strchr(slash + 1, '/')) {
    *slash = '\0';
    const bool made = mkdirat(missing.existing.get(), rest, 0755) == 0;
    if (!made) setup.fail(missing.path);
    *slash = '/';
    if (!made) return false;
  }
  return true;
}

}  // namespace

bool resolve(Setup& setup, const char* path, Resolved& resolved) noexcept {
  Walk walk{setup.arena.take(PATH_MAX), setup.arena.take(PATH_MAX)};
  if (walk.done == nullptr || walk.todo == nullptr || !append(walk.todo, PATH_MAX, path))
    return setup.fail(path, ENAMETOOLONG);
  resolved.path = walk.done;
  char* rest = walk.todo;
  while (char* component = strsep(&rest, "/")) {
    if (*component == '\0' || std::strcmp(component, ".") == 0) continue;
    if (std::strcmp(component, "..") == 0) {
      strip_last(walk.done);
      continue;
    }
    const std::size_t before = std::strlen(walk.done);
    if (step(walk, component, rest)) continue;
    if (errno != ENOENT) return setup.fail(path);
    resolved.existing = before;
    while ((component = strsep(&rest, "/")) != nullptr) {
      if (*component == '\0' || std::strcmp(component, ".") == 0) continue;
      if (std::strcmp(component, "..") == 0) return setup.fail(path, ENOENT);
      if (!append(walk.done, PATH_MAX, "/") || !append(walk.done, PATH_MAX, component))
        return setup.fail(path, ENAMETOOLONG);
    }
    return true;
  }
  resolved.existing = std::strlen(walk.done);
  return true;
}

bool prepare_missing(Setup& setup, const char* path, Missing& missing) noexcept {
  Resolved resolved;
  if (!resolve(setup, path, resolved) || resolved.path == nullptr) return false;
  char* const end = resolved.path + resolved.existing;
  if (*end == '\0') return setup.fail(path, EEXIST);  // by now
  *end = '\0';
  const bool ready = find_own(setup, resolved.existing == 0 ? "/" : resolved.path, missing);
  *end = '/';
  missing.path = resolved.path;
  missing.rest = end + 1;
  return ready && make_directories(setup, missing, end + 1);
}

engine::Fd target(Setup& setup, const char* path, bool directory, bool make) noexcept {
  engine::Fd fd(open(path, O_PATH | O_CLOEXEC));
  if (fd) return fd;
  if (errno != ENOENT || !make) return setup.fail(path), engine::Fd();
  Missing missing;
  if (!prepare_missing(setup, path, missing)) return {};
  if (directory) {
    if (mkdirat(missing.existing.get(), missing.rest, 0755) != 0) return setup.fail(missing.path), engine::Fd();
  } else {
    const engine::Fd file(openat(missing.existing.get(), missing.rest, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (!file) return setup.fail(missing.path), engine::Fd();
  }
  fd.reset(openat(missing.existing.get(), missing.rest, O_PATH | O_CLOEXEC));
  if (!fd) setup.fail(missing.path);
  return fd;
}

}  // namespace nsbuild::init
