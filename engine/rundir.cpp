#include "engine/rundir.hpp"

#include "engine/error.hpp"
#include "engine/lab_files.hpp"
#include "engine/listing.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace nsbuild::engine {

namespace {

namespace fs = std::filesystem;

constexpr const char* default_run_dir = "/run/nsbuild";

void refuse_shared(const std::string& path, const struct stat& info) {
  if (!S_ISDIR(info.st_mode)) throw Error(path + " is not a directory");
  if (info.st_uid != ::geteuid())
    throw Error(path + " belongs to user " + std::to_string(info.st_uid) + "; it must be the caller's own");
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) throw Error(path + " is writable by others; chmod 0700 " + path);
}

enum class Making { made, was_there, vanished };

/// Whoever destroys the last lab removes the run directory: it may be gone between any two calls.
Making make_private_dir(const std::string& path) {
  const bool made = ::mkdir(path.c_str(), 0700) == 0;
  if (!made && errno == ENOENT) return Making::vanished;
  if (!made && errno != EEXIST) throw SysError("mkdir " + path);
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return Making::vanished;
    throw SysError("stat " + path);
  }
  refuse_shared(path, info);
  return made ? Making::made : Making::was_there;
}

void make_parent(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (!fs::is_directory(path, error)) throw SysError("mkdir " + path.string(), error ? error.value() : ENOTDIR);
}

/// Root of a user namespace sees what is the machine's as nobody's (user_namespaces(7)).
bool is_in_user_namespace() {
  const Fd file(::open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC));
  std::array<char, 64> text{};
  unsigned long inside = 0, outside = 0, count = 0;
  return file && ::read(file.get(), text.data(), text.size() - 1) > 0 &&
         std::sscanf(text.data(), "%lu %lu %lu", &inside, &outside, &count) == 3 && count != 4294967295UL;
}

bool is_trusted(uid_t owner) {
  constexpr uid_t overflow = 65534;
  return owner == 0 || owner == ::geteuid() || (owner == overflow && is_in_user_namespace());
}

/// Every directory on the way, and every link: who can write into one of them can put another directory below it.
void refuse_replaceable(const fs::path& path, int links_left) {
  if (links_left == 0) throw Error(path.string() + ": too many symbolic links");
  fs::path so_far;
  for (const fs::path& part : path) {
    so_far /= part;
    struct stat info {};
    if (::lstat(so_far.c_str(), &info) != 0) return;  // what is missing is made, by us
    const bool is_open = (info.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (info.st_mode & S_ISVTX) == 0;
    if (!is_trusted(info.st_uid) || (S_ISDIR(info.st_mode) && is_open))
      throw Error(run_dir() + " cannot hold nsbuild's state: somebody else could replace what is below " +
                  so_far.string());
    if (!S_ISLNK(info.st_mode)) continue;
    std::error_code error;
    refuse_replaceable(so_far.parent_path() / fs::read_symlink(so_far, error), links_left - 1);
  }
}

Fd open_below(int directory, const std::string& path, int flags, mode_t mode) {
  open_how how{};
  how.flags = static_cast<unsigned>(flags | O_CLOEXEC);
  how.mode = mode;
  how.resolve = RESOLVE_NO_SYMLINKS;
  return Fd(static_cast<int>(::syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how)));
}

/// A directory that was there and is no lab's would get the files of one.
void refuse_strangers(const std::string& lab) {
  if (!has_lab_dir(lab) && !strangers_in_lab(lab).empty())
    throw Error(lab_dir(lab) + " is there, and is no lab's: nsbuild did not make " + strangers_in_lab(lab).front());
}

std::string joined(const std::string& lab, const std::string& name) { return name.empty() ? lab : lab + '/' + name; }

}  // namespace

std::string run_dir() {
  const char* given = std::getenv("NSBUILD_RUN_DIR");
  if (given == nullptr || *given == '\0') return default_run_dir;
  std::string path = fs::absolute(given).lexically_normal().string();
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

bool is_default_run_dir() { return run_dir() == default_run_dir; }

RunDirIdentity run_dir_identity() {
  const std::string path = run_dir();
  struct stat parent {
  }, own{};
  if (::stat(fs::path(path).parent_path().c_str(), &parent) != 0) return {};
  return {::stat(path.c_str(), &own) == 0 ? own.st_dev : parent.st_dev, parent.st_ino};
}

std::string lab_dir(const std::string& lab) { return run_dir() + "/" + lab; }

std::string log_dir(const std::string& lab) { return lab_dir(lab) + '/' + log_directory; }

std::string hosts_path(const std::string& lab, const std::string& name) {
  return lab_dir(lab) + '/' + hosts_directory + '/' + name;
}

std::string resolv_path(const std::string& lab, const std::string& name) {
  return lab_dir(lab) + '/' + resolver_directory + '/' + name;
}

void require_private_run_dir() {
  constexpr int links_max = 40;  // as many as the kernel follows (path_resolution(7))
  const std::string path = run_dir();
  if (!is_default_run_dir()) refuse_replaceable(fs::path(path).parent_path(), links_max);
  struct stat info {};
  if (::lstat(path.c_str(), &info) == 0) refuse_shared(path, info);
}

bool make_lab_dir(const std::string& lab) {
  for (;;) {
    make_parent(fs::path(run_dir()).parent_path());
    if (make_private_dir(run_dir()) == Making::vanished) continue;
    const Making making = make_private_dir(lab_dir(lab));
    if (making == Making::was_there) refuse_strangers(lab);
    if (making != Making::vanished) return making == Making::made;
  }
}

/// In one call, unless the way to the run directory has links itself.
Fd open_in_lab(const std::string& lab, const std::string& name, int flags, mode_t mode) {
  Fd fd = open_below(AT_FDCWD, joined(lab_dir(lab), name), flags, mode);
  if (fd || errno != ELOOP) return fd;
  const Fd directory(::open(run_dir().c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  return directory ? open_below(directory.get(), joined(lab, name), flags, mode) : Fd();
}

void throw_unopened(const std::string& lab, const std::string& name) {
  const std::string path = joined(lab_dir(lab), name);
  if (errno == ELOOP) throw Error(path + " is, or lies behind, a symbolic link, which nsbuild did not make");
  throw SysError("open " + path);
}

std::optional<std::string> read_in_lab(const std::string& lab, const std::string& name) {
  const Fd file = open_in_lab(lab, name, O_RDONLY | O_NONBLOCK);
  struct stat info {};
  if (!file && !is_absence(errno) && errno != ELOOP) throw_unopened(lab, name);
  if (!file || ::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  std::string text;
  std::array<char, 8192> block{};
  ssize_t size = 0;
  while ((size = ::read(file.get(), block.data(), block.size())) > 0)
    text.append(block.data(), static_cast<std::size_t>(size));
  if (size < 0) throw SysError("read " + joined(lab_dir(lab), name));
  return text;
}

void write_whole(const Fd& fd, const std::string& text, const std::string& path) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t wrote = ::write(fd.get(), text.data() + done, text.size() - done);
    if (wrote < 0 && errno != EINTR) throw SysError("write " + path);
    if (wrote > 0) done += static_cast<std::size_t>(wrote);
  }
}

std::vector<std::string> names_in_lab(const std::string& lab, const std::string& directory) {
  Fd opened = open_in_lab(lab, directory, O_RDONLY | O_DIRECTORY);
  if (!opened && (is_absence(errno) || errno == ELOOP)) return {};
  if (!opened) throw_unopened(lab, directory);
  return names_in(std::move(opened), joined(lab_dir(lab), directory));
}

void make_dir_in_lab(const std::string& lab, const std::string& directory) {
  const std::string path = lab_dir(lab) + '/' + directory;
  if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) throw SysError("mkdir " + path);
}

void remove_in_lab(const std::string& lab, const std::string& directory, const std::string& name) {
  const Fd fd = open_in_lab(lab, directory, O_PATH | O_DIRECTORY);
  if (!fd && errno == ENOENT) return;
  if (!fd) throw_unopened(lab, directory);
  if (::unlinkat(fd.get(), name.c_str(), 0) != 0 && errno != ENOENT)
    throw SysError("unlink " + lab_dir(lab) + '/' + joined(directory, name));
}

}  // namespace nsbuild::engine
