// Random labs for property tests: valid wishes, and what a kernel would show of them.
#pragma once
#include "planner/state.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <vector>

namespace nsbuild::planner::random {

class RandomStates {
 public:
  /// Labs of at most `size` namespaces (1..3), besides the switch and the host.
  explicit RandomStates(unsigned seed, std::size_t size = 3) : engine_(seed), size_(size) {}

  /// A wish as a file could express it.
  State wish() {
    State state;
    places_.clear();
    devices_.clear();
    for (std::size_t i = 0; i < size_; ++i)
      if (chance(75)) add_place(state, std::string(1, "abc"[i]));
    add_devices(state);
    for (const Device& device : devices_) add_addresses(state, device.place, device.name, device.takes_v6);
    for (const std::string& place : places_) fill(state, place);
    if (chance(40)) places_.push_back("host");
    for (const std::string& place : places_) add_routes(state, place);
    return state;
  }

  /// The same as the kernel would show it: every attribute has a value, services may have ended, marks may be missing.
  State observed(State state) {
    for (auto& [key, resource] : state) {
      if (auto* veth = std::get_if<Veth>(&resource))
        for (VethEnd* end : {&veth->a, &veth->b}) complete(*end);
      if (auto* bridge = std::get_if<Bridge>(&resource)) bridge->mtu = bridge->mtu.value_or(1500);
      if (auto* service = std::get_if<Service>(&resource); service != nullptr && chance(15)) {
        service->state = chance(50) ? RunState::exited : RunState::stopped;
        service->exit = "exit code 1";
      }
      if (auto* address = std::get_if<Address>(&resource)) address->owned = !chance(5);
      if (auto* route = std::get_if<Route>(&resource)) route->owned = !chance(5);
    }
    return state;
  }

  /// Another wish that has much in common with the first, and keeps to the rules of one.
  State neighbour(const State& state) {
    State other = wish(), mixed;
    places_.clear();
    for (const auto& [key, resource] : state)
      if (!std::holds_alternative<Route>(resource) && (!other.contains(key) || chance(70)))
        mixed.emplace(key, resource);
    for (const auto& [key, resource] : other)
      if (chance(20) && claims_are_free(mixed, resource)) mixed.insert_or_assign(key, resource);
    for (auto it = mixed.begin(); it != mixed.end();) it = chance(8) ? mixed.erase(it) : std::next(it);
    prune(mixed);
    for (const auto& [key, resource] : state)
      if (std::holds_alternative<Route>(resource) && chance(85) && is_possible(mixed, resource))
        mixed.emplace(key, resource);
    return mixed;
  }

  bool chance(unsigned percent) { return std::uniform_int_distribution<unsigned>(1, 100)(engine_) <= percent; }
  std::size_t below(std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(engine_); }

 private:
  struct Device {
    std::string place, name;
    bool up = true;
    bool takes_v6 = true;
  };

  static bool has(const State& state, const Key& key) { return state.contains(key); }
  static bool place_exists(const State& state, const std::string& place) {
    return place == "host" || has(state, key_of<Namespace>("", place));
  }

  static const VethEnd* end_of(const State& state, const std::string& place, const std::string& dev) {
    for (const auto& [key, resource] : state)
      if (const auto* veth = std::get_if<Veth>(&resource))
        for (const VethEnd* end : {&veth->a, &veth->b})
          if (end->place == place && end->name == dev) return end;
    return nullptr;
  }

  /// Whether everything that the resource builds on is there.
  static bool is_possible(const State& state, const Resource& resource) {
    if (const auto* address = std::get_if<Address>(&resource)) {
      const VethEnd* end = end_of(state, address->place, address->dev);
      if (address->dev != "lo" && end == nullptr) return false;
      return place_exists(state, address->place) &&
             (address->prefix.address.family == Family::v4 || end == nullptr || end->mtu.value_or(1500) >= 1280);
    }
    if (const auto* sysctl = std::get_if<Sysctl>(&resource)) {
      const std::string dev = sysctl->interface();
      const VethEnd* end = end_of(state, sysctl->place, dev);
      return place_exists(state, sysctl->place) && (dev.empty() || (end != nullptr && end->mtu.value_or(1500) >= 1280));
    }
    if (const auto* route = std::get_if<Route>(&resource)) return route_is_possible(state, *route);
    if (const auto* veth = std::get_if<Veth>(&resource)) return ends_are_possible(state, *veth);
    for (const Key& need : needs(resource))
      if (need.place != "host" && need.id != "host" && !has(state, need)) return false;
    return true;
  }

  static bool ends_are_possible(const State& state, const Veth& veth) {
    for (const VethEnd* end : {&veth.a, &veth.b}) {
      if (!place_exists(state, end->place)) return false;
      const std::string master = end->master.value_or("");
      if (!master.empty() && !has(state, key_of<Bridge>(end->place, end->place + ":" + master))) return false;
    }
    return true;
  }

  static bool route_is_possible(const State& state, const Route& route) {
    if (!place_exists(state, route.place)) return false;
    for (const NextHop& hop : route.nexthops) {
      const VethEnd* end = end_of(state, route.place, hop.dev);
      if (end == nullptr || !end->up) return false;
      if (route.to.address.family == Family::v6 && end->mtu.value_or(1500) < 1280) return false;
    }
    if (!route.source) return true;
    return std::any_of(state.begin(), state.end(), [&](const auto& entry) {
      const auto* address = std::get_if<Address>(&entry.second);
      return address != nullptr && address->place == route.place && address->prefix.address == *route.source;
    });
  }

  static bool claims_are_free(const State& state, const Resource& resource) {
    for (const std::string& claim : claims(resource))
      for (const auto& [key, other] : state) {
        const auto held = claims(other);
        if (key != planner::key(resource) && std::find(held.begin(), held.end(), claim) != held.end()) return false;
      }
    return true;
  }

  static void prune(State& state) {
    for (bool changed = true; changed;) {
      changed = false;
      for (auto it = state.begin(); it != state.end();) {
        const bool possible = is_possible(state, it->second);
        changed = changed || !possible;
        it = possible ? std::next(it) : state.erase(it);
      }
    }
  }

  static void complete(VethEnd& end) {
    if (!end.mac) end.mac = end.birth_mac.value_or(MacAddress{{2, 0, 0, 0, 0, 1}});
    end.birth_mac.reset();
    end.mtu = end.mtu.value_or(1500);
    end.master = end.master.value_or("");
    end.altname = end.altname.value_or("");
  }

  void add_place(State& state, const std::string& place) {
    put(state, Namespace{.name = place});
    places_.push_back(place);
  }

  void add_devices(State& state) {
    std::vector<std::pair<std::string, std::string>> names;
    for (const std::string& place : places_)
      for (const char* dev : {"eth0", "eth1", "up"}) names.emplace_back(place, dev);
    names.emplace_back("host", "eth0");
    std::shuffle(names.begin(), names.end(), engine_);
    for (std::size_t i = 0; i + 1 < names.size(); i += 2)
      if (chance(70)) put(state, Veth{.a = end(names[i]), .b = end(names[i + 1])});
    if (!chance(50)) return;
    put(state, Namespace{.name = "@switch"});
    put(state, Bridge{.place = "@switch", .name = "lan", .mtu = chance(50) ? std::optional(1400U) : std::nullopt});
    for (const std::string& place : places_) {
      if (!chance(60)) continue;
      VethEnd port = end({"@switch", place + ".lan"});
      port.master = "lan";
      put(state, Veth{.a = port, .b = end({place, "lan"})});
    }
  }

  VethEnd end(const std::pair<std::string, std::string>& at) {
    VethEnd e{.place = at.first, .name = at.second};
    if (chance(20)) e.mac = MacAddress{{2, 0, 0, 0, 0, static_cast<std::uint8_t>(below(3))}};
    if (!e.mac) e.birth_mac = MacAddress{{2, 0, 0, 0, 1, 1}};
    if (chance(40)) e.mtu = std::vector<std::uint32_t>{1500, 1400, 1000}[below(3)];
    e.up = !chance(15);
    if (at.first != "@switch") devices_.push_back({e.place, e.name, e.up, !e.mtu || *e.mtu >= 1280});
    return e;
  }

  void add_addresses(State& state, const std::string& place, const std::string& dev, bool v6) {
    std::array<const char*, 4> all{"10.0.0.1/24", "10.0.0.2/24", "10.0.0.3/24", "10.1.0.1/16"};
    std::shuffle(all.begin(), all.end(), engine_);
    for (std::uint32_t i = 0; i < all.size(); ++i)
      if (chance(30))
        put(state, Address{.place = place, .dev = dev, .prefix = *IpPrefix::parse(all.at(i)), .position = i});
    if (v6 && chance(40))
      put(state,
          Address{.place = place, .dev = dev, .prefix = *IpPrefix::parse(chance(50) ? "fd00::1/64" : "fd00::1/48")});
  }

  void fill(State& state, const std::string& place) {
    for (const char* key :
         {"net.ipv4.ip_forward", "net.ipv4.conf.all.accept_redirects", "net.ipv4.conf.default.rp_filter"})
      if (chance(25)) put(state, Sysctl{.place = place, .key = key, .value = chance(50) ? "1" : "0"});
    for (const Device& device : devices_)
      if (device.place == place && device.takes_v6 && chance(20))
        put(state, Sysctl{.place = place, .key = "net.ipv6.conf." + device.name + ".forwarding", .value = "1"});
    add_addresses(state, place, "lo", true);
    for (std::uint32_t priority : {100U, 200U})
      if (chance(20)) put(state, Rule{.place = place, .priority = priority, .table = 100});
    for (const char* name : {"web", "dns"}) {
      if (!chance(25)) continue;
      put(state, Hosts{.place = place, .content = chance(50) ? "127.0.0.1 localhost\n" : "::1 localhost\n"});
      Service service{.name = name, .place = place, .hostname = chance(50) ? "x" : "y"};
      service.command = {chance(50) ? "sleep" : "true", "1"};
      put(state, service);
    }
  }

  void add_routes(State& state, const std::string& place) {
    std::vector<Device> ways;
    for (const Device& device : devices_)
      if (device.place == place && device.up) ways.push_back(device);
    for (const char* to : {"0.0.0.0/0", "192.168.0.0/16", "::/0", "fd01::/32"}) {
      if (!chance(40)) continue;
      Route route{.place = place, .to = *IpPrefix::parse(to)};
      const bool v6 = route.to.address.family == Family::v6;
      if (v6) route.metric = 1024;
      if (chance(25)) route.type = specs::RouteType::blackhole;
      if (route.type == specs::RouteType::unicast) add_ways(route, ways, v6);
      if (route.type == specs::RouteType::unicast && route.nexthops.empty()) continue;
      if (chance(30)) choose_source(state, route);
      if (route_is_possible(state, route)) put(state, route);
    }
  }

  void add_ways(Route& route, const std::vector<Device>& ways, bool v6) {
    for (const Device& device : ways)
      if ((!v6 || device.takes_v6) && chance(50)) route.nexthops.push_back({.dev = device.name});
    std::sort(route.nexthops.begin(), route.nexthops.end());
  }

  void choose_source(const State& state, Route& route) {
    for (const auto& [key, resource] : state)
      if (const auto* address = std::get_if<Address>(&resource))
        if (address->place == route.place && address->prefix.address.family == route.to.address.family && chance(50))
          route.source = address->prefix.address;
  }

  std::mt19937 engine_;
  std::size_t size_;
  std::vector<std::string> places_;
  std::vector<Device> devices_;
};

}  // namespace nsbuild::planner::random
