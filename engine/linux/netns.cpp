#include "engine/linux/netns.hpp"

#include "engine/error.hpp"

#include <exception>

#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/vfs.h>

namespace nsbuild::engine {

namespace {

class WayHome {
 public:
  explicit WayHome(const Fd& home) : home_(home) {}
  ~WayHome() {
    if (::setns(home_.get(), CLONE_NEWNET) != 0) std::terminate();
  }
  WayHome(const WayHome&) = delete;
  WayHome& operator=(const WayHome&) = delete;

 private:
  const Fd& home_;
};

}  // namespace

Inside::Inside(const Fd& there, const Fd& home) : home_(home) {
  if (::setns(there.get(), CLONE_NEWNET) != 0) throw SysError("enter the network namespace");
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

ino_t netns_inode(const Fd& netns) {
  struct statfs system {};
  struct stat info {};
  if (::fstatfs(netns.get(), &system) != 0 || system.f_type != NSFS_MAGIC) return 0;
  return ::fstat(netns.get(), &info) == 0 ? info.st_ino : 0;
}

}  // namespace nsbuild::engine
