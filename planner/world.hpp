// A state that behaves like the kernel: what a step makes go or change besides its own resource, looked up by index so
// that a plan of thousands of steps stays linear.
#pragma once
#include "planner/plan.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace nsbuild::planner {

/// What the kernel does by itself after a step.
struct Aftermath {
  std::set<Key> gone;
  std::set<Key> altered;  // still there, but not as before
  std::set<Key> undone;   // of the altered ones, oneshots whose work the step has made void
};

class World {
 public:
  explicit World(State state);

  const State& state() const { return state_; }
  const Resource* find(const Key& key) const;
  /// Who holds a name that only one can hold; null when it is free.
  const Key* holder(const std::string& claim);
  /// Makes the step happen, and everything that follows from it. `key` is the step's.
  Aftermath apply(const Key& key, const Step& step);

 private:
  using Source = std::pair<std::string, IpAddress>;  // place and address

  Resource result_of(const std::optional<Resource>& before, const Resource& wish);
  std::uint32_t next_position(const Address& address);
  void index();
  void enter(const Key& key, const Resource& resource);
  std::set<Key> dependants(const Key& owner);
  void add(const Key& key, const Resource& resource);
  void remove(const Key& key);
  void lose(const Key& key, Aftermath& after);
  void alter(const Key& key, Resource resource, Aftermath& after);
  void lose_dependants(const Key& owner, Aftermath& after);
  void lose_way(const Key& key, const Route& route, const Key& owner, Aftermath& after);
  void lose_ipv6(const Key& owner, bool sysctls, Aftermath& after);
  void lose_family(const Key& interface, Family family, Aftermath& after);
  bool all_ways_down(const Route& route);
  bool is_up(const std::string& place, const std::string& dev);

  void after_removal(const Resource& removed, Aftermath& after);
  void after_change(const Resource& before, const Resource& now, Aftermath& after);
  void after_address(const Address& address, Aftermath& after);
  void after_end_change(const VethEnd& before, const VethEnd& now, Aftermath& after);
  void after_sysctl(const Sysctl& sysctl, Aftermath& after);
  void after_birth(const Veth& veth, Aftermath& after);
  void after_bridge(const Bridge& bridge, Aftermath& after);

  State state_;
  std::map<Key, std::uint32_t> next_positions_;     // of addresses, by interface_key(), where some were made
  std::map<std::string, std::set<Key>> completed_;  // by place, oneshots that have
  // From the first loss on: what only makes things loses nothing.
  bool is_indexed_ = false;
  std::map<Key, std::set<Key>> dependants_;        // by owner, interface_key()s too
  std::map<Key, std::set<Key>> users_;             // by the interface_key() that they need
  std::map<std::string, Key> holders_;             // by claim
  std::map<Key, std::size_t> v4_addresses_;        // by interface_key()
  std::map<Source, std::size_t> addresses_;        // how many interfaces of the place have it
  std::map<Source, std::set<Key>> source_routes_;  // routes whose `source` it is
};

}  // namespace nsbuild::planner
