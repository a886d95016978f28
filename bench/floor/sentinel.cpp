#include "bench/floor/sentinel.hpp"

#include "bench/floor/clock.hpp"

#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <unistd.h>

namespace floor_bench {

namespace {

int open_netns(const std::string& process) {
  const std::string path = "/proc/" + process + "/ns/net";
  return check(::open(path.c_str(), O_RDONLY | O_CLOEXEC), path);
}

int new_netns() {
  const int home = open_netns("thread-self");
  check(::unshare(CLONE_NEWNET), "unshare");
  const int netns = open_netns("thread-self");
  check(::setns(home, CLONE_NEWNET), "home");
  ::close(home);
  return netns;
}

}  // namespace

Sentinel::Sentinel() : first_(new_netns()), second_(new_netns()) {}

Sentinel::Sentinel(pid_t process) : first_(open_netns(std::to_string(process))), second_(new_netns()) { drop(); }

void Sentinel::await() {
  first_.await();
  second_.drop();
  second_.await();
}

Sentinel::Half::Half(int netns) : netns_(netns) {
  static int count = 0;
  const std::string name = "s" + std::to_string(::getpid()) + "-" + std::to_string(count++);
  Message message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, ifinfomsg{});
  message.text(IFLA_IFNAME, name);
  const auto info = message.open(IFLA_LINKINFO);
  message.text(IFLA_INFO_KIND, "veth");
  const auto data = message.open(IFLA_INFO_DATA);
  const auto peer = message.open(VETH_INFO_PEER);
  const ifinfomsg header{};
  message.raw(&header, sizeof header);
  message.text(IFLA_IFNAME, name);
  message.number(IFLA_NET_NS_FD, netns_);
  for (const auto opened : {peer, data, info}) message.close(opened);
  Socket(0).request(message, "sentinel");
  index_ = static_cast<int>(::if_nametoindex(name.c_str()));
  news_ = Socket(RTMGRP_LINK);
}

void Sentinel::Half::drop() {
  if (netns_ >= 0) ::close(netns_);
  netns_ = -1;
}

}  // namespace floor_bench
