// The graph while it is being built: what the stages of build() hand to each other beyond the graph itself, and the
// stages, in the order in which they run.
#pragma once
#include "netgraph/netgraph.hpp"

#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace nsbuild::netgraph {

/// One side of a veth to be. `end` is null for the port that a network's own endpoint gets on its bridge. Neither
/// `place` nor `network` is set when the name is unknown (and reported).
struct Side {
  const specs::End* end = nullptr;
  std::optional<std::size_t> place;
  std::optional<std::size_t> network;
  std::string name;  // of a namespace's interface; ports are named after their peers
};

/// A veth to be: a link, or one endpoint of a network.
struct Wire {
  std::array<Side, 2> sides;
  const std::vector<specs::Located<IpPrefix>>* subnets = nullptr;
  const specs::Located<std::uint32_t>* mtu = nullptr;  // the link's or network's
  Mark at;
};

/// Where an interface came from. All are null for `lo`; the port of a network's own endpoint has only an MTU.
struct Origin {
  const specs::End* end = nullptr;
  const std::vector<specs::Located<IpPrefix>>* subnets = nullptr;
  const specs::Located<std::uint32_t>* mtu = nullptr;  // the one that holds
};

struct Draft {
  const specs::Spec& spec;
  specs::Diagnostics& diagnostics;
  NetGraph graph;
  bool complete = true;  // the reader had no errors but in services: what else is absent is absent from the file
  bool services_complete = true;  // nor had it any there

  std::map<std::string, std::size_t, std::less<>> places;    // by name
  std::map<std::string, std::size_t, std::less<>> networks;  // by name
  std::vector<const specs::Namespace*> declared;             // by place; null for @switch and an undeclared host
  std::vector<const specs::Network*> declared_networks;      // by network
  std::vector<Wire> wires;                                   // in the order of the file
  std::vector<Origin> origins;                               // by interface
  std::vector<std::size_t> segments;                         // by interface: see segments.hpp
  std::map<const specs::Service*, std::size_t> services;     // to NetGraph::services, of those that are there
  std::set<std::size_t> maimed;  // places that lost an interface or address to an error: let the rest pass
};

void declare_places(Draft& draft);
void lower_ends(Draft& draft);
void name_interfaces(Draft& draft);
void make_interfaces(Draft& draft);
void check_host(Draft& draft);
void check_ends(Draft& draft);
void allocate_addresses(Draft& draft);
void check_addresses(Draft& draft);
void check_subnets(Draft& draft);
void check_segments(Draft& draft);
void resolve_routes(Draft& draft);
void resolve_rules(Draft& draft);
void resolve_sysctls(Draft& draft);
void resolve_names(Draft& draft);
void resolve_services(Draft& draft);
void resolve_templates(Draft& draft);
void resolve_order(Draft& draft);

}  // namespace nsbuild::netgraph
