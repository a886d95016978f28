#include "planner/world.hpp"

#include <algorithm>
#include <utility>

namespace nsbuild::planner {
namespace {

constexpr std::uint32_t ipv6_minimum_mtu = 1280;  // RFC 8200 section 5; below it a device has no IPv6 at all

/// Drops the ways through an interface; an IPv6 route lives on while there is another (net/ipv6/route.c), an IPv4
/// route goes as a whole when a device goes (fib_sync_down_dev in net/ipv4/fib_semantics.c).
bool survives(Route& route, const Key& interface) {
  if (route.to.address.family != Family::v6) return false;
  std::erase_if(route.nexthops, [&](const NextHop& hop) { return interface_key(route.place, hop.dev) == interface; });
  return !route.nexthops.empty();
}

template <class Map, class K>
void forget(Map& map, const K& index, const Key& key) {
  const auto it = map.find(index);
  if (it == map.end()) return;
  it->second.erase(key);
  if (it->second.empty()) map.erase(it);
}

template <class Map, class K>
void count_down(Map& map, const K& index) {
  const auto it = map.find(index);
  if (it != map.end() && --it->second == 0) map.erase(it);
}

bool has_completed(const Resource& resource) {
  const auto* service = std::get_if<Service>(&resource);
  return service != nullptr && service->state == RunState::completed;
}

/// A plan makes things mostly in the order of their keys, so most belong at the end.
void insert_last(std::set<Key>& keys, const Key& key) { keys.insert(keys.end(), key); }

}  // namespace

World::World(State state) : state_(std::move(state)) {
  for (const auto& [key, resource] : state_) add(key, resource);
}

const Resource* World::find(const Key& key) const {
  // A plan makes things mostly in the order of their keys: what comes next is behind all that is there.
  if (state_.empty() || state_.rbegin()->first < key) return nullptr;
  const auto it = state_.find(key);
  return it == state_.end() ? nullptr : &it->second;
}

const Key* World::holder(const std::string& claim) {
  index();
  const auto it = holders_.find(claim);
  return it == holders_.end() ? nullptr : &it->second;
}

void World::index() {
  if (is_indexed_) return;
  is_indexed_ = true;
  for (const auto& [key, resource] : state_) enter(key, resource);
}

/// Of a resource of state_.
void World::add(const Key& key, const Resource& resource) {
  if (has_completed(resource)) completed_[std::get<Service>(resource).place].insert(key);
  if (is_indexed_) enter(key, resource);
}

void World::enter(const Key& key, const Resource& resource) {
  for (const Key& owner : owners(resource)) insert_last(dependants_[owner], key);
  for (const Key& need : needs(resource))
    if (need.kind == interface_kind) insert_last(users_[need], key);
  for (const std::string& claim : claims(resource)) holders_[claim] = key;
  if (const auto* address = std::get_if<Address>(&resource)) {
    if (address->prefix.address.family == Family::v4) ++v4_addresses_[interface_key(address->place, address->dev)];
    ++addresses_[{address->place, address->prefix.address}];
  }
  if (const auto* route = std::get_if<Route>(&resource))
    if (route->source) source_routes_[{route->place, *route->source}].insert(key);
}

/// Takes a resource out of the indexes and of state_.
void World::remove(const Key& key) {
  const auto node = state_.extract(key);
  const Resource& resource = node.mapped();
  if (has_completed(resource)) forget(completed_, std::get<Service>(resource).place, key);
  if (key.kind == kind_index<Address>) next_positions_.clear();
  if (!is_indexed_) return;
  for (const Key& owner : owners(resource)) forget(dependants_, owner, key);
  for (const Key& need : needs(resource))
    if (need.kind == interface_kind) forget(users_, need, key);
  for (const std::string& claim : claims(resource))
    if (const auto it = holders_.find(claim); it != holders_.end() && it->second == key) holders_.erase(it);
  if (const auto* address = std::get_if<Address>(&resource)) {
    if (address->prefix.address.family == Family::v4)
      count_down(v4_addresses_, interface_key(address->place, address->dev));
    count_down(addresses_, Source{address->place, address->prefix.address});
  }
  if (const auto* route = std::get_if<Route>(&resource))
    if (route->source) forget(source_routes_, Source{route->place, *route->source}, key);
}

/// As a step leaves it. A new address comes behind all others of its interface, one that changes stays where it is.
Resource World::result_of(const std::optional<Resource>& before, const Resource& wish) {
  Resource there = wish;
  if (auto* address = std::get_if<Address>(&there))
    address->position = before ? std::get<Address>(*before).position : next_position(*address);
  return there;
}

std::uint32_t World::next_position(const Address& address) {
  const auto [known, is_new] = next_positions_.try_emplace(interface_key(address.place, address.dev), 0);
  if (!is_new) return known->second++;
  const Key first{kind_index<Address>, address.place,
                  address.place + ":" + address.dev + " "};  // as identity() says it
  for (auto at = state_.lower_bound(first); at != state_.end(); ++at) {
    const auto* other = std::get_if<Address>(&at->second);
    if (other == nullptr || other->place != address.place || other->dev != address.dev) break;
    known->second = std::max(known->second, other->position + 1);
  }
  return known->second++;
}

Aftermath World::apply(const Key& key, const Step& step) {
  Aftermath after;
  const Resource* present = find(key);
  const std::optional<Resource> before = present != nullptr ? std::optional(*present) : std::nullopt;
  if (before) remove(key);
  if (step.after) add(key, state_.insert_or_assign(state_.end(), key, result_of(before, *step.after))->second);
  if (!step.after) {
    if (before) after_removal(*before, after);
  } else {
    after_change(before ? *before : *step.after, *step.after, after);
    if (const auto* veth = std::get_if<Veth>(&*step.after); veth != nullptr && !before) after_birth(*veth, after);
  }
  after.gone.erase(key);
  return after;
}

void World::lose(const Key& key, Aftermath& after) {
  const Resource* present = find(key);
  if (present == nullptr) return;
  const Resource lost = *present;
  remove(key);
  after.gone.insert(key);
  after.altered.erase(key);
  after_removal(lost, after);
}

void World::alter(const Key& key, Resource resource, Aftermath& after) {
  remove(key);
  add(key, state_.insert_or_assign(key, std::move(resource)).first->second);
  after.altered.insert(key);
}

std::set<Key> World::dependants(const Key& owner) {
  index();
  const auto it = dependants_.find(owner);
  return it == dependants_.end() ? std::set<Key>() : it->second;
}

void World::lose_dependants(const Key& owner, Aftermath& after) {
  for (const Key& key : dependants(owner)) {
    const Resource* present = find(key);
    if (present == nullptr) continue;
    if (const auto* route = std::get_if<Route>(present))
      lose_way(key, *route, owner, after);
    else
      lose(key, after);
  }
}

/// A route whose interface or namespace goes; only an IPv6 route lives on while it has another way.
void World::lose_way(const Key& key, const Route& route, const Key& owner, Aftermath& after) {
  Route rest = route;
  if (owner.kind == interface_kind && survives(rest, owner))
    alter(key, rest, after);
  else
    lose(key, after);
}

bool World::is_up(const std::string& place, const std::string& dev) {
  const Key* device = holder(place + ":" + dev);
  const Resource* resource = device != nullptr ? find(*device) : nullptr;
  if (resource == nullptr) return true;
  if (const auto* bridge = std::get_if<Bridge>(resource)) return bridge->up;
  const auto& veth = std::get<Veth>(*resource);
  return (veth.a.place == place && veth.a.name == dev ? veth.a : veth.b).up;
}

/// Whether no next hop can carry the route any more: its interface is down, or (IPv4) has lost its last address.
bool World::all_ways_down(const Route& route) {
  index();
  const bool v4 = route.to.address.family == Family::v4;
  return std::all_of(route.nexthops.begin(), route.nexthops.end(), [&](const NextHop& hop) {
    const bool bare = v4 && hop.dev != "lo" && !v4_addresses_.contains(interface_key(route.place, hop.dev));
    return bare || !is_up(route.place, hop.dev);
  });
}

/// What a family loses at an interface that went down or dropped the family: IPv6 its addresses, both their routes.
void World::lose_family(const Key& interface, Family family, Aftermath& after) {
  for (const Key& key : dependants(interface)) {
    const Resource* present = find(key);
    if (present == nullptr) continue;
    const auto* address = std::get_if<Address>(present);
    const auto* route = std::get_if<Route>(present);
    if ((address != nullptr && family == Family::v6 && address->prefix.address.family == family) ||
        (route != nullptr && route->to.address.family == family && all_ways_down(*route)))
      lose(key, after);
  }
}

void World::after_removal(const Resource& removed, Aftermath& after) {
  for (const std::string& claim : claims(removed)) lose_dependants({interface_kind, "", claim}, after);
  if (std::holds_alternative<Namespace>(removed) || std::holds_alternative<Service>(removed))
    lose_dependants(key(removed), after);
  if (const auto* address = std::get_if<Address>(&removed)) after_address(*address, after);
  if (const auto* bridge = std::get_if<Bridge>(&removed)) after_bridge(*bridge, after);
  if (const auto* sysctl = std::get_if<Sysctl>(&removed)) after_sysctl(*sysctl, after);  // its old value is written
}

/// The last IPv4 address of an interface takes the IPv4 routes with it (fib_inetaddr_event in
/// net/ipv4/fib_frontend.c); an address that is nowhere any more takes the IPv4 routes that prefer it as source, and
/// IPv6 routes forget it (rt6_remove_prefsrc).
void World::after_address(const Address& address, Aftermath& after) {
  index();
  const Key interface = interface_key(address.place, address.dev);
  const bool v4 = address.prefix.address.family == Family::v4;
  if (v4 && address.dev != "lo" && !v4_addresses_.contains(interface)) lose_family(interface, Family::v4, after);
  const Source source{address.place, address.prefix.address};
  const auto users = source_routes_.find(source);
  if (addresses_.contains(source) || users == source_routes_.end()) return;
  for (const Key& key : std::set<Key>(users->second)) {
    Route route = std::get<Route>(*find(key));
    if (v4) {
      // Routes that drop are not flushed (fib_table_flush in net/ipv4/fib_trie.c).
      if (route.type == specs::RouteType::unicast) lose(key, after);
      continue;
    }
    route.source.reset();
    alter(key, route, after);
  }
}

/// What a oneshot has done to an interface went with the old one, or was never done to a new one.
void World::after_birth(const Veth& veth, Aftermath& after) {
  for (const VethEnd* end : {&veth.a, &veth.b}) {
    const auto there = completed_.find(end->place);
    if (there == completed_.end()) continue;
    for (const Key& key : std::set<Key>(there->second)) {
      Service service = std::get<Service>(*find(key));
      service.state = RunState::stopped;
      alter(key, std::move(service), after);
      after.undone.insert(key);
    }
  }
}

/// A bridge that goes sets its ports free (br_dev_delete in net/bridge/br_if.c).
void World::after_bridge(const Bridge& bridge, Aftermath& after) {
  index();
  const auto users = users_.find(interface_key(bridge.place, bridge.name));
  if (users == users_.end()) return;
  for (const Key& key : std::set<Key>(users->second)) {
    const auto* port = std::get_if<Veth>(find(key));
    if (port == nullptr) continue;
    Veth veth = *port;
    for (VethEnd* end : {&veth.a, &veth.b})
      if (end->place == bridge.place && end->master == bridge.name) end->master = "";
    alter(key, veth, after);
  }
}

void World::after_change(const Resource& before, const Resource& now, Aftermath& after) {
  if (const auto* veth = std::get_if<Veth>(&now)) {
    const auto& old = std::get<Veth>(before);
    after_end_change(old.a, veth->a, after);
    after_end_change(old.b, veth->b, after);
  }
  if (const auto* space = std::get_if<Namespace>(&now))
    if (std::get<Namespace>(before).lo_up && !space->lo_up)
      lose_family(interface_key(space->name, "lo"), Family::v6, after);
  if (const auto* sysctl = std::get_if<Sysctl>(&now)) after_sysctl(*sysctl, after);
  // Another process has yet to show that it is ready.
  if (const auto* service = std::get_if<Service>(&now)) lose(key_of<Ready>("", service->name), after);
}

/// Going down drops the routes through an end and its IPv6 addresses (addrconf_ifdown); an MTU below IPv6's minimum
/// drops everything of IPv6, the interface's sysctls included.
void World::after_end_change(const VethEnd& before, const VethEnd& now, Aftermath& after) {
  const Key interface = interface_key(now.place, now.name);
  if (before.up && !now.up)
    for (Family family : {Family::v4, Family::v6}) lose_family(interface, family, after);
  const bool loses_v6 = now.mtu && *now.mtu < ipv6_minimum_mtu && before.mtu && *before.mtu >= ipv6_minimum_mtu;
  if (loses_v6) lose_ipv6(interface, true, after);
}

/// All of IPv6 at an interface, or in a namespace.
void World::lose_ipv6(const Key& owner, bool sysctls, Aftermath& after) {
  for (const Key& key : dependants(owner)) {
    const Resource* present = find(key);
    if (present == nullptr) continue;
    const auto* address = std::get_if<Address>(present);
    const auto* route = std::get_if<Route>(present);
    const auto* sysctl = std::get_if<Sysctl>(present);
    if (route != nullptr && route->to.address.family == Family::v6) lose_way(key, *route, owner, after);
    if ((address != nullptr && address->prefix.address.family == Family::v6) ||
        (sysctls && sysctl != nullptr && sysctl->key.starts_with("net.ipv6.")))
      lose(key, after);
  }
}

/// What the file says of settings that a written one sets as well is to be written again; where IPv6 is switched off,
/// its addresses and routes are gone (addrconf_ifdown).
void World::after_sysctl(const Sysctl& sysctl, Aftermath& after) {
  const Key place = key_of<Namespace>("", sysctl.place);
  if (sysctl.disables_ipv6())
    lose_ipv6(sysctl.interface().empty() ? place : interface_key(sysctl.place, sysctl.interface()), false, after);
  if (!sysctl.is_forwarding()) return;
  const Key first{kind_index<Sysctl>, sysctl.place, ""};
  std::vector<Key> reset;
  for (auto at = state_.lower_bound(first); at != state_.end() && at->first.kind == first.kind; ++at) {
    if (at->first.place != first.place) break;
    if (sysctl.resets(std::get<Sysctl>(at->second))) reset.push_back(at->first);
  }
  for (const Key& key : reset) lose(key, after);
}

}  // namespace nsbuild::planner
