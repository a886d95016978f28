#include "engine/linux/netns.hpp"

#include "engine/error.hpp"
#include "engine/listing.hpp"

#include <cerrno>
#include <cstdio>
#include <exception>

#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>

namespace nsbuild::engine {

namespace {

class WayHome {
 public:
  explicit WayHome(const Fd& home) : home_(home) {}
  /// The kernel needs a little memory for it (setns(2): ENOMEM), which comes back. Whoever goes on in the wrong
  /// namespace would change things there that are not ours.
  ~WayHome() {
    const timespec pause{0, 1'000'000};
    for (int attempts = 5000; ::setns(home_.get(), CLONE_NEWNET) != 0; --attempts) {
      if (errno != ENOMEM || attempts == 0) {
        std::fprintf(stderr, "nsbuild: error: %s\n", SysError("return from a network namespace").what());
        std::terminate();
      }
      ::nanosleep(&pause, nullptr);
    }
  }
  WayHome(const WayHome&) = delete;
  WayHome& operator=(const WayHome&) = delete;

 private:
  const Fd& home_;
};

/// All namespaces are files of the one file system (fs/nsfs.c).
dev_t device_of_nsfs() {
  static const dev_t nsfs = [] {
    struct stat info {};
    if (::stat("/proc/thread-self/ns/net", &info) != 0) throw SysError("look at /proc/thread-self/ns/net");
    return info.st_dev;
  }();
  return nsfs;
}

/// All zero when there is nothing.
struct stat look(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0 && !is_absence(errno)) throw SysError("look at " + path);
  return info;
}

bool is_bare(const struct stat& info) {
  return S_ISREG(info.st_mode) && info.st_size == 0 && info.st_dev != device_of_nsfs();
}

}  // namespace

Inside::Inside(const Fd& there, const std::string& name, const Fd& home) : home_(home) {
  if (::setns(there.get(), CLONE_NEWNET) != 0) throw SysError("enter the network namespace " + name);
}

Inside::~Inside() { const WayHome back(home_); }

Fd make_netns(const Fd& home, const std::function<void(const Fd& netns)>& inside) {
  if (::unshare(CLONE_NEWNET) != 0) throw SysError("unshare a network namespace");
  const WayHome back(home);
  Fd netns(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!netns) throw SysError("open /proc/thread-self/ns/net");
  inside(netns);
  return netns;
}

bool is_namespace(const std::string& path) {
  struct statfs system {};
  return ::statfs(path.c_str(), &system) == 0 && system.f_type == NSFS_MAGIC;
}

ino_t netns_inode(const Fd& netns) {
  struct stat info {};
  return ::fstat(netns.get(), &info) == 0 && info.st_dev == device_of_nsfs() ? info.st_ino : 0;
}

ino_t netns_inode(const std::string& path) {
  const struct stat info = look(path);
  return info.st_dev == device_of_nsfs() ? info.st_ino : 0;
}

bool is_bare_pin(const std::string& path) { return is_bare(look(path)); }

bool is_free_for_pin(const std::string& path) {
  const struct stat info = look(path);
  return info.st_mode == 0 || is_bare(info);
}

}  // namespace nsbuild::engine
