// A lab as the floor makes it: every name resolved and every index chosen before the clock starts, then nothing but the
// system calls and messages without which the kernel would not have these objects.
#pragma once
#include "bench/floor/netlink.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <istream>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace floor_bench {

struct Ip {
  int family = 0;
  std::array<std::uint8_t, 16> bytes{};
  std::uint8_t length = 0;  // of the prefix
  std::size_t size() const;
};

struct Place {
  std::string name, pin;
  int netns = -1;
  Socket socket;
  std::map<std::string, int> index;                 // of devices; 1 is lo
  std::vector<std::array<std::string, 2>> sysctls;  // path below /proc/sys, value
};

struct End {
  Place* place = nullptr;
  std::string name;
  std::array<std::uint8_t, 6> mac{};
  int index = 0, master = 0;
};

struct Veth {
  End a, b;
};

struct Address {
  Place* place;
  int index;
  Ip ip;
};

struct Hop {
  Ip gateway;
  int index;
};

struct Route {
  Place* place;
  Ip to;
  std::vector<Hop> hops;
};

class Lab {
 public:
  /// Lines of words: `netns NAME`, `sysctl NAME PATH VALUE`, `bridge NAME DEVICE MAC`,
  /// `veth NAME DEVICE MAC MASTER NAME DEVICE MAC MASTER` (no master: -), `address NAME DEVICE ADDRESS/LENGTH`,
  /// `route NAME PREFIX GATEWAY DEVICE [GATEWAY DEVICE]...`, `service NAME`. Throws std::runtime_error.
  Lab(const std::string& name, std::istream& lines);
  ~Lab();
  Lab(const Lab&) = delete;
  Lab& operator=(const Lab&) = delete;

  void build();
  /// Lets go of every descriptor: what is left are the pins.
  void close();
  void remove_pins() const;

  const std::deque<Place>& places() const { return places_; }
  const std::vector<const Place*>& services() const { return services_; }

 private:
  void read(std::istream& words, const std::string& line);
  End read_end(std::istream& words);
  Place& place(const std::string& name);

  void make_place(Place& place);
  void make_bridge(const End& bridge);

  std::string name_;
  std::deque<Place> places_;  // a deque, so that pointers stay
  std::map<std::string, Place*> by_name_;
  std::vector<End> bridges_;
  std::vector<Veth> veths_;
  std::vector<Address> addresses_;
  std::vector<Route> routes_;
  std::vector<const Place*> services_;
  int home_ = -1;
};

}  // namespace floor_bench
