#include "engine/ready/sockets.hpp"

#include "engine/linux/netns.hpp"

#include <string>

#include <fcntl.h>

namespace nsbuild::engine {

namespace {

Fd open_netns(const std::string& path) {
  Fd netns(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!netns) throw SysError("open " + path);
  return netns;
}

}  // namespace

Netlink sockets_of(pid_t pid) {
  const Fd home = open_netns("/proc/thread-self/ns/net");
  const std::string path = "/proc/" + std::to_string(pid) + "/ns/net";
  const Fd there = open_netns(path);
  const Inside inside(there, path, home);
  return Netlink(NETLINK_SOCK_DIAG);
}

}  // namespace nsbuild::engine
