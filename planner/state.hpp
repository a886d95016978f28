// Wish and reality in one type: what a lab is made of, by key.
#pragma once
#include "netgraph/netgraph.hpp"
#include "planner/key.hpp"
#include "planner/kind.hpp"
#include "planner/kinds/address.hpp"
#include "planner/kinds/bridge.hpp"
#include "planner/kinds/hosts.hpp"
#include "planner/kinds/namespace.hpp"
#include "planner/kinds/ready.hpp"
#include "planner/kinds/route.hpp"
#include "planner/kinds/rule.hpp"
#include "planner/kinds/service.hpp"
#include "planner/kinds/sysctl.hpp"
#include "planner/kinds/veth.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace nsbuild::planner {

/// A new kind is a word here, its own pair of files, and its row in the spec tables.
using Resource = std::variant<Namespace, Sysctl, Bridge, Veth, Address, Route, Rule, Hosts, Service, Ready>;
static_assert(every_kind_is_complete<Resource>());

/// Where a kind stands in Resource: Key::kind.
template <class T>
inline constexpr std::size_t kind_index = index_in<T>(static_cast<const Resource*>(nullptr));

/// The key of a resource of kind T.
template <class T>
Key key_of(std::string place, std::string id) {
  return {kind_index<T>, std::move(place), std::move(id)};
}

/// The Key::kind that stands for no kind but for whoever claims the name: a veth, a bridge, or nobody (`lo`).
inline constexpr std::size_t interface_kind = std::variant_size_v<Resource>;
/// How an address, a route or a sysctl says which interface it needs, without knowing what kind of device that is: its
/// id is the claim, "client:eth0".
Key interface_key(const std::string& place, const std::string& dev);

using State = std::map<Key, Resource>;

Key key(const Resource& resource);

/// "route client default", "veth client:eth0 -- router:eth0": how plans, progress and errors call it.
std::string name(const Key& key);

/// What must be there before this one is made, and is left only after it is gone. May hold interface_key()s. Keys that
/// are in neither state do not bind. The namespaces among them (`host` too) are the places that it touches.
std::vector<Key> needs(const Resource& resource);

/// Whose end is this one's end too, in the kernel: a device's namespaces, an address's device. A subset of needs().
std::vector<Key> owners(const Resource& resource);

/// Names that only one resource at a time can hold: "client:eth0" of an interface. Who claims waits for the removal of
/// who held.
std::vector<std::string> claims(const Resource& resource);

/// Puts a resource into a state under its own key; a veth gets its ends in order.
void put(State& state, Resource resource);

/// What the graph asks for.
State desired(const netgraph::NetGraph& graph);

}  // namespace nsbuild::planner
