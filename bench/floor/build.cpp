// The least that the kernel can be asked for. In this order: namespaces, sysctls while they are empty, devices with
// their names, MACs and indexes and one queue, straight into both of their namespaces; addresses before the ends are
// up; routes.
#include "bench/floor/clock.hpp"
#include "bench/floor/lab.hpp"

#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace floor_bench {

namespace {

constexpr const char* pins = "/run/netns";
constexpr const char* own_netns = "/proc/thread-self/ns/net";

/// As ip-netns(8) prepares the directory once.
void share_pins() {
  if (::mkdir(pins, 0755) != 0 && errno != EEXIST) fail("mkdir");
  if (::mount("", pins, "none", MS_SHARED | MS_REC, nullptr) == 0) return;
  check(::mount(pins, pins, "none", MS_BIND | MS_REC, nullptr), "mount");
  check(::mount("", pins, "none", MS_SHARED | MS_REC, nullptr), "share");
}

/// A descriptor and a socket a namespace.
void allow_descriptors(std::size_t places) {
  rlimit limit{};
  check(::getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
  const rlim_t needed = 2 * places + 64;
  if (limit.rlim_cur >= needed) return;
  limit.rlim_cur = needed;
  limit.rlim_max = std::max(limit.rlim_max, needed);
  check(::setrlimit(RLIMIT_NOFILE, &limit), "RLIMIT_NOFILE");
}

/// net.* of the calling thread's namespace, by a procfs that is mounted nowhere: the mounted one gets slower with every
/// namespace. Renewed for the same reason.
class Sysctls {
 public:
  Sysctls() = default;
  ~Sysctls() { close(); }
  Sysctls(const Sysctls&) = delete;
  Sysctls& operator=(const Sysctls&) = delete;

  void write(const Place& place) {
    constexpr unsigned enough = 32;
    if (place.sysctls.empty()) return;
    if (used_++ % enough == 0) renew();
    for (const auto& [path, value] : place.sysctls) {
      const int file = check(::openat(procfs_, ("sys/" + path).c_str(), O_WRONLY | O_CLOEXEC), path);
      check(::write(file, value.data(), value.size()), path);
      ::close(file);
    }
  }

 private:
  void close() const {
    if (procfs_ >= 0) ::close(procfs_);
  }
  void renew() {
    close();
    const int context = check(::fsopen("proc", FSOPEN_CLOEXEC), "fsopen");
    check(::fsconfig(context, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0), "fsconfig");
    procfs_ = check(::fsmount(context, FSMOUNT_CLOEXEC, 0), "fsmount");
    ::close(context);
  }

  int procfs_ = -1;
  unsigned used_ = 0;
};

ifinfomsg link_header(int index, bool up) {
  ifinfomsg header{};
  header.ifi_index = index;
  if (up) header.ifi_flags = header.ifi_change = IFF_UP;
  return header;
}

void set_up(Socket& socket, int index) {
  Message message(RTM_SETLINK, 0, link_header(index, true));
  socket.request(message, "up");
}

void describe(Message& message, const End& end) {
  message.text(IFLA_IFNAME, end.name);
  message.put(IFLA_ADDRESS, end.mac.data(), end.mac.size());
  message.number(IFLA_NUM_TX_QUEUES, std::uint32_t{1});  // the default is one a CPU, and costs a sixth
  message.number(IFLA_NUM_RX_QUEUES, std::uint32_t{1});
}

/// The first half may be born up, the other one not (ENOTCONN): so the first is a port of a bridge where there is one.
void make_veth(const Veth& veth) {
  const bool is_port = veth.a.master != 0;
  Message message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, link_header(veth.a.index, is_port));
  describe(message, veth.a);
  if (is_port) message.number(IFLA_MASTER, veth.a.master);
  const auto info = message.open(IFLA_LINKINFO);
  message.text(IFLA_INFO_KIND, "veth");
  const auto data = message.open(IFLA_INFO_DATA);
  const auto peer = message.open(VETH_INFO_PEER);
  const auto header = link_header(veth.b.index, false);
  message.raw(&header, sizeof header);
  describe(message, veth.b);
  message.number(IFLA_NET_NS_FD, veth.b.place->netns);
  for (const auto opened : {peer, data, info}) message.close(opened);
  veth.a.place->socket.request(message, "veth");
}

void add_address(const Address& address) {
  ifaddrmsg header{};
  header.ifa_family = static_cast<std::uint8_t>(address.ip.family);
  header.ifa_prefixlen = address.ip.length;
  header.ifa_index = static_cast<unsigned>(address.index);
  header.ifa_flags = address.ip.family == AF_INET6 ? IFA_F_NODAD : 0;
  Message message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, header);
  message.put(IFA_LOCAL, address.ip.bytes.data(), address.ip.size());
  if (address.ip.family == AF_INET) message.put(IFA_ADDRESS, address.ip.bytes.data(), address.ip.size());
  address.place->socket.request(message, "address");
}

void put_hops(Message& message, const std::vector<Hop>& hops) {
  const auto all = message.open(RTA_MULTIPATH);
  for (const Hop& hop : hops) {
    const auto start = message.size();
    rtnexthop header{};
    header.rtnh_ifindex = hop.index;
    message.raw(&header, sizeof header);
    message.put(RTA_GATEWAY, hop.gateway.bytes.data(), hop.gateway.size());
    static_cast<rtnexthop*>(message.at(start))->rtnh_len = static_cast<unsigned short>(message.size() - start);
  }
  message.close(all);
}

void add_route(const Route& route) {
  rtmsg header{};
  header.rtm_family = static_cast<unsigned char>(route.to.family);
  header.rtm_dst_len = route.to.length;
  header.rtm_table = RT_TABLE_MAIN;
  header.rtm_protocol = RTPROT_BOOT;
  header.rtm_scope = RT_SCOPE_UNIVERSE;
  header.rtm_type = RTN_UNICAST;
  Message message(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, header);
  if (route.to.length != 0) message.put(RTA_DST, route.to.bytes.data(), route.to.size());
  if (route.hops.size() > 1) {
    put_hops(message, route.hops);
  } else {
    message.put(RTA_GATEWAY, route.hops.front().gateway.bytes.data(), route.hops.front().gateway.size());
    message.number(RTA_OIF, route.hops.front().index);
  }
  route.place->socket.request(message, "route");
}

}  // namespace

void Lab::make_place(Place& place) {
  ::close(check(::open(place.pin.c_str(), O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0), place.pin));
  check(::unshare(CLONE_NEWNET), "unshare");
  place.netns = check(::open(own_netns, O_RDONLY | O_CLOEXEC), own_netns);
  check(::mount(own_netns, place.pin.c_str(), "none", MS_BIND, nullptr), "pin");
  place.socket = Socket(0);
}

void Lab::make_bridge(const End& bridge) {
  Message message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, link_header(bridge.index, true));
  message.text(IFLA_IFNAME, bridge.name);
  message.put(IFLA_ADDRESS, bridge.mac.data(), bridge.mac.size());
  const auto info = message.open(IFLA_LINKINFO);
  message.text(IFLA_INFO_KIND, "bridge");
  message.close(info);
  bridge.place->socket.request(message, "bridge");
}

void Lab::build() {
  allow_descriptors(places_.size());
  home_ = check(::open(own_netns, O_RDONLY | O_CLOEXEC), own_netns);
  share_pins();
  Sysctls sysctls;
  for (Place& place : places_) {
    make_place(place);
    sysctls.write(place);
  }
  check(::setns(home_, CLONE_NEWNET), "home");
  for (Place& place : places_) set_up(place.socket, 1);
  for (const End& bridge : bridges_) make_bridge(bridge);
  for (const Veth& veth : veths_) make_veth(veth);
  for (const Address& address : addresses_) add_address(address);
  for (const Veth& veth : veths_) {
    if (veth.a.master == 0) set_up(veth.a.place->socket, veth.a.index);
    set_up(veth.b.place->socket, veth.b.index);
  }
  for (const Route& route : routes_) add_route(route);
}

void Lab::close() {
  for (Place& place : places_) {
    if (place.netns >= 0) ::close(place.netns);
    place.netns = -1;
    place.socket = Socket();
  }
}

Lab::~Lab() {
  close();
  if (home_ >= 0) ::close(home_);
}

void Lab::remove_pins() const {
  for (const Place& place : places_) {
    check(::umount2(place.pin.c_str(), MNT_DETACH), "umount " + place.pin);
    check(::unlink(place.pin.c_str()), "unlink " + place.pin);
  }
}

}  // namespace floor_bench
