// The topology understood: names resolved, addresses and MACs allocated, every semantic rule checked. Still knows
// nothing of any kernel.
#pragma once
#include "specs/diagnostics.hpp"
#include "specs/spec.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace nsbuild::netgraph {

using specs::Mark;

/// The caller's own namespace, and the lab's own one that holds its bridges.
inline constexpr const char* host_place = "host";
inline constexpr const char* switch_place = "@switch";

struct Address {
  IpPrefix prefix;  // host bits set
  bool allocated = false;
  Mark at;
};

/// One end of a veth, or `lo`. `place` indexes NetGraph::places.
struct Interface {
  std::string name;     // at most 15 bytes
  std::string altname;  // the full `<namespace>.<interface>` of a port whose name had to be shortened; else empty
  std::size_t place = 0;
  std::vector<Address> addresses;  // in file order, then allocated ones
  std::optional<MacAddress> mac;   // said by the file
  MacAddress derived_mac;  // from place and name, on the host from the lab's, too; locally administered; what it is
                           // born with when the file says none
  std::optional<std::uint32_t> mtu;
  bool up = true;
  std::optional<std::size_t> network;  // a port of that network's bridge: indexes NetGraph::networks
  Mark at;
};

struct NextHop {
  std::optional<IpAddress> via;
  std::string dev;  // resolved from the gateway when the file does not say
  std::uint32_t weight = 1;
};

struct Route {
  IpPrefix to;
  specs::RouteType type = specs::RouteType::unicast;
  std::vector<NextHop> nexthops;
  std::uint32_t metric = 0;   // IPv6 without a metric: 1024, what the kernel makes of it (ip-route(8))
  std::uint32_t table = 254;  // RT_TABLE_MAIN
  std::optional<IpAddress> source;
  bool on_link = false;
  Mark at;
};

struct Rule {
  Family family = Family::v4;
  std::optional<IpPrefix> from, to;
  std::string iif, oif;
  std::optional<std::uint32_t> mark;
  std::uint32_t table = 254;
  std::uint32_t priority = 0;  // always set: without one in the file, 32000 + position among the namespace's rules
  specs::RuleAction action = specs::RuleAction::lookup;
  Mark at;
};

struct Sysctl {
  std::string key;  // normalised: dots between components, `/` for a dot inside an interface name
  std::string value;
  Mark at;
};

/// A network namespace of the lab, the switch namespace (only when there is a network), or the host (only when it is
/// used).
struct Place {
  std::string name;
  std::vector<Sysctl> sysctls;  // in writing order: forwarding, all, default, then interfaces' own
  std::vector<Route> routes;
  std::vector<Rule> rules;
  std::vector<std::size_t> interfaces;  // indexes NetGraph::interfaces, in file order
  std::string resolv_conf;              // the text of its own; empty: the machine's
  std::vector<specs::ExtraHost> hosts;  // further names in its hosts file
  Mark at;
};

/// A veth pair; both index NetGraph::interfaces.
struct Link {
  std::size_t a = 0, b = 0;
  Mark at;
};

struct Network {
  std::string name;  // the bridge's interface name in the switch namespace
  MacAddress derived_mac;
  std::optional<std::uint32_t> mtu;
  std::vector<IpPrefix> subnets;
  Mark at;
};

/// `service` indexes NetGraph::services. There are no cycles among these and `join`.
struct Dependency {
  std::size_t service = 0;
  specs::Condition condition = specs::Condition::started;
};

struct Service {
  std::string name;
  std::size_t place = 0;            // of one that joins: the other's
  std::string hostname;             // of one that joins: the other's
  std::optional<std::size_t> join;  // indexes NetGraph::services; that one joins none itself
  std::vector<Dependency> depends_on;
  specs::Service spec;  // command, environment, mounts, files and their positions, as the file says them, all `${{…}}`
                        // resolved
};

struct NetGraph {
  std::string lab;
  std::string file;           // absolute path; empty for standard input
  specs::FileNames files;     // what marks point into: the topology file and those that it includes
  std::vector<Place> places;  // in file order, then @switch, then host
  std::vector<Interface> interfaces;
  std::vector<Link> links;
  std::vector<Network> networks;
  std::vector<Service> services;
  std::vector<specs::ExtraHost> hosts;  // further names in every hosts file
};

/// Resolves and checks; errors and warnings go to `diagnostics`, with both positions where two things clash. Never
/// throws for bad input.
NetGraph build(const specs::Spec& spec, specs::Diagnostics& diagnostics);

/// The text of /etc/hosts for whoever asks from `place`: localhost lines, then each namespace of the lab with the
/// address it is best reached at from there (on a shared segment, else its `lo`, else the first in file order), v4 and
/// v6, as `name` and `name.<lab>`, then the names that the file says itself; where the lab has an equal name, the
/// file's word holds. Deterministic.
std::string hosts_file(const NetGraph& graph, std::size_t place);

enum class Drawing { dot, mermaid, svg };
std::string draw(const NetGraph& graph, Drawing format);

}  // namespace nsbuild::netgraph
