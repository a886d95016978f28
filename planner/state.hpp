// Wish and reality in one type: what a lab is made of, by key.
#pragma once
#include "netgraph/netgraph.hpp"
#include "planner/kinds/address.hpp"
#include "planner/kinds/bridge.hpp"
#include "planner/kinds/hosts.hpp"
#include "planner/kinds/namespace.hpp"
#include "planner/kinds/route.hpp"
#include "planner/kinds/rule.hpp"
#include "planner/kinds/service.hpp"
#include "planner/kinds/sysctl.hpp"
#include "planner/kinds/veth.hpp"

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace nsbuild::planner {

/// A new kind is a word here, its own pair of files, and its row in the spec tables.
using Resource = std::variant<Namespace, Sysctl, Bridge, Veth, Address, Route, Rule, Hosts, Service>;

/// Who a resource is, whatever its attributes. Ordered by kind (as in Resource), place and id: the order of every
/// listing.
struct Key {
  std::size_t kind = 0;  // Resource's index
  std::string place;     // "" for a kind that lies in none; a veth's is that of its first end
  std::string id;  // the other identifying words, as a user would say them: "10.0.0.0/8 table 100", "client:eth0 --
                   // router:eth0"

  auto operator<=>(const Key&) const = default;
};

using State = std::map<Key, Resource>;

Key key(const Resource& resource);

/// "route client default", "veth client:eth0 -- router:eth0": how plans, progress and errors call it.
std::string name(const Key& key);

/// What must be there before this one is made, and is left only after it is gone. Keys that are in neither state do not
/// bind.
std::vector<Key> needs(const Resource& resource);

/// Whose end is this one's end too, without a step of its own: a device's namespace, an address's device. A subset of
/// needs().
std::vector<Key> owners(const Resource& resource);

/// Names that only one resource at a time can hold: "client:eth0" of an interface. Who claims waits for the removal of
/// who held.
std::vector<std::string> claims(const Resource& resource);

/// Puts a resource into a state under its own key; a veth gets its ends in order.
void put(State& state, Resource resource);

/// What the graph asks for.
State desired(const netgraph::NetGraph& graph);

}  // namespace nsbuild::planner
