// Routes: each next hop gets its device, and what the kernel would refuse is said here.
#include "netgraph/draft.hpp"
#include "netgraph/onlink.hpp"
#include "netgraph/segments.hpp"
#include "netgraph/unknown.hpp"

#include <algorithm>
#include <tuple>

namespace nsbuild::netgraph {
namespace {

using specs::Diagnostic;

// IP6_RT_PRIO_USER and IP6_RT_PRIO_ADDRCONF, include/uapi/linux/ipv6_route.h and include/net/ip6_route.h
constexpr std::uint32_t default_metric_v6 = 1024;
constexpr std::uint32_t connected_metric_v6 = 256;
constexpr std::uint32_t main_table = 254;  // RT_TABLE_MAIN

/// Who is on which segment, with every address.
struct Neighbours {
  std::set<std::pair<std::size_t, IpAddress>> addresses;
  std::vector<std::vector<std::size_t>> members;  // by segment
};

std::string family_name(Family family) { return family == Family::v4 ? "IPv4" : "IPv6"; }
bool is_link_local_v6(const IpAddress& address) { return address.family == Family::v6 && address.is_link_local(); }
std::string quoted(const std::string& name) { return '"' + name + '"'; }

/// Resolves the routes of one place.
class Router {
 public:
  Router(Draft& draft, std::size_t place, const Neighbours& neighbours)
      : draft_(draft), place_(draft.graph.places[place]), onlink_(draft.graph, place), neighbours_(neighbours) {
    missing_counts_ = draft.complete && !draft.maimed.contains(place);
  }

  void learn(const specs::Route& route);
  void resolve(const specs::Route& said);

 private:
  std::optional<NextHop> resolve(const specs::Route& route, const specs::NextHop& hop);
  std::optional<std::string> said_dev(const specs::Route& route, const specs::NextHop& hop);
  std::optional<std::string> find_dev(const specs::Route& route, const specs::NextHop& hop);
  bool is_gateway(const specs::Route& route, const specs::NextHop& hop);
  bool usable_dev(const specs::NextHop& hop);
  void refuse_down(const Mark& at, std::size_t interface);
  void not_on_link(const specs::NextHop& hop);
  bool relies_on_a_route(const NextHop& hop) const;
  void check_source(const specs::Route& route);
  void check_unique(const Route& route);
  void check_connected(const specs::Route& said, const Route& route);
  void check_neighbour(const specs::NextHop& hop, std::size_t interface);
  std::string others(std::size_t segment, std::size_t self, Family family) const;
  bool is_broadcast(const IpAddress& via, std::size_t interface) const;
  void check_multipath(const specs::Route& said);

  Draft& draft_;
  Place& place_;
  OnLink onlink_;
  const Neighbours& neighbours_;
  bool missing_counts_;  // errors about what is not there make sense
  std::map<std::tuple<std::uint32_t, IpPrefix, std::uint32_t>, Mark> seen_;
};

/// `ip route add 10.0.0.1 dev eth0` makes 10.0.0.1 a possible gateway.
void Router::learn(const specs::Route& route) {
  for (const specs::NextHop& hop : route.nexthops) {
    if (hop.via || !hop.dev) continue;
    if (const auto interface = onlink_.named(hop.dev->value)) onlink_.add(route.to.value.network(), *interface);
  }
}

void Router::refuse_down(const Mark& at, std::size_t interface) {
  const Interface& down = draft_.graph.interfaces[interface];
  Diagnostic& error = draft_.diagnostics.error(at, "the route goes through " + down.name + ", which is down",
                                               "the kernel takes routes only through interfaces that are up");
  const specs::End* end = draft_.origins[interface].end;
  if (end != nullptr && end->up) error.notes.push_back({end->up->at, "it is kept down here"});
}

bool Router::usable_dev(const specs::NextHop& hop) {
  if (hop.dev->value == "lo") return true;
  const auto interface = onlink_.named(hop.dev->value);
  if (!interface) {
    if (missing_counts_) {
      const Suggestion suggestion = suggest_interface(hop.dev->value, interfaces_of(draft_.graph, place_));
      draft_.diagnostics
          .error(hop.dev->at, quoted(place_.name) + " has no interface " + quoted(hop.dev->value), suggestion.hint)
          .notes = suggestion.notes;
    }
    return false;
  }
  if (!draft_.graph.interfaces[*interface].up) refuse_down(hop.dev->at, *interface);
  return draft_.graph.interfaces[*interface].up;
}

bool Router::is_gateway(const specs::Route& route, const specs::NextHop& hop) {
  const IpAddress& via = hop.via->value;
  if (via.family != route.to.value.address.family) return false;  // the reader has said so
  if (via.is_multicast() || via.is_unspecified() || via.is_loopback()) {
    draft_.diagnostics.error(hop.via->at, via.text() + " cannot be a gateway");
    return false;
  }
  if (const Address* own = onlink_.own(via)) {
    draft_.diagnostics
        .error(hop.via->at, "the gateway " + via.text() + " is an address of " + quoted(place_.name) + " itself")
        .notes.push_back({own->at, "given here"});
    return false;
  }
  return true;
}

void Router::not_on_link(const specs::NextHop& hop) {
  const IpAddress& via = hop.via->value;
  if (!missing_counts_) return;
  const auto elsewhere = onlink_.interface_to(via);
  if (hop.dev && elsewhere) {
    draft_.diagnostics.error(hop.via->at, "gateway " + via.text() + " is not on-link on " + hop.dev->value,
                             "it is on " + draft_.graph.interfaces[*elsewhere].name);
    return;
  }
  const std::string subnets = onlink_.subnets(via.family);
  draft_.diagnostics.error(hop.via->at, "gateway " + via.text() + " is not on-link in " + quoted(place_.name),
                           subnets.empty() ? place_.name + " has no " + family_name(via.family) + " subnet"
                                           : place_.name + " has " + subnets);
}

/// Of a gateway that no subnet has to cover only the file can say where it is.
std::optional<std::string> Router::said_dev(const specs::Route& route, const specs::NextHop& hop) {
  if (!hop.dev) {
    draft_.diagnostics.error(
        hop.via->at, (route.on_link ? std::string("an on-link route") : "a link-local gateway") + " needs a device",
        "add dev INTERFACE");
    return std::nullopt;
  }
  const auto interface = onlink_.named(hop.dev->value);
  if (interface && !is_link_local_v6(hop.via->value)) check_neighbour(hop, *interface);
  return hop.dev->value;
}

std::optional<std::string> Router::find_dev(const specs::Route& route, const specs::NextHop& hop) {
  if (route.on_link || is_link_local_v6(hop.via->value)) return said_dev(route, hop);
  const std::string dev = hop.dev ? hop.dev->value : "";
  const auto interface = onlink_.interface_to(hop.via->value, dev);
  if (!interface) {
    not_on_link(hop);
    return std::nullopt;
  }
  if (!draft_.graph.interfaces[*interface].up) {
    refuse_down(hop.via->at, *interface);
    return std::nullopt;
  }
  if (is_broadcast(hop.via->value, *interface)) {
    draft_.diagnostics.error(hop.via->at, "the gateway " + hop.via->value.text() + " is a broadcast address");
    return std::nullopt;
  }
  check_neighbour(hop, *interface);
  return draft_.graph.interfaces[*interface].name;
}

bool Router::is_broadcast(const IpAddress& via, std::size_t interface) const {
  if (via.family == Family::v6) return false;
  const auto& addresses = draft_.graph.interfaces[interface].addresses;
  return std::any_of(addresses.begin(), addresses.end(), [&](const Address& address) {
    return address.prefix.length < 31 && address.prefix.contains(via) && address.prefix.last() == via;
  });
}

void Router::check_neighbour(const specs::NextHop& hop, std::size_t interface) {
  const std::size_t segment = draft_.segments[interface];
  if (!missing_counts_ || neighbours_.addresses.contains({segment, hop.via->value})) return;
  draft_.diagnostics.warning(hop.via->at,
                             "nothing has the next hop " + hop.via->value.text() + " behind " +
                                 quoted(place_.name + ':' + draft_.graph.interfaces[interface].name),
                             others(segment, interface, hop.via->value.family));
}

/// "there: 10.0.1.1 (server)", for a hint.
std::string Router::others(std::size_t segment, std::size_t self, Family family) const {
  constexpr unsigned enough = 4;
  std::string text;
  unsigned count = 0;
  for (const std::size_t i : neighbours_.members[segment]) {
    if (i == self) continue;
    const Interface& other = draft_.graph.interfaces[i];
    for (const Address& address : other.addresses) {
      if (address.prefix.address.family != family) continue;
      if (count++ == enough) return text + ", ...";
      text += (text.empty() ? "there: " : ", ") + address.prefix.address.text() + " (" +
              draft_.graph.places[other.place].name + ")";
    }
  }
  return text.empty() ? "nothing else there has an " + family_name(family) + " address" : text;
}

/// What ip6_route_multipath_add() in net/ipv6/route.c refuses.
void Router::check_multipath(const specs::Route& said) {
  if (said.to.value.address.family == Family::v4 || said.nexthops.size() < 2) return;
  std::map<std::pair<IpAddress, std::string>, Mark> first;
  for (const specs::NextHop& hop : said.nexthops) {
    if (!hop.via) {
      draft_.diagnostics.error(hop.at, "a next hop of an IPv6 multipath route needs a gateway",
                               "the kernel takes no device alone");
      continue;
    }
    const auto [other, fresh] = first.try_emplace({hop.via->value, hop.dev ? hop.dev->value : ""}, hop.via->at);
    if (fresh) continue;
    draft_.diagnostics.error(hop.via->at, "the next hop " + hop.via->value.text() + " is named twice")
        .notes.push_back({other->second, "also named here"});
  }
}

std::optional<NextHop> Router::resolve(const specs::Route& route, const specs::NextHop& hop) {
  if (hop.dev && !usable_dev(hop)) return std::nullopt;
  NextHop made{.weight = hop.weight};
  if (!hop.via) {
    made.dev = hop.dev ? hop.dev->value : "";
    return made;
  }
  if (!is_gateway(route, hop)) return std::nullopt;
  made.via = hop.via->value;
  const auto dev = find_dev(route, hop);
  if (!dev) return std::nullopt;
  made.dev = *dev;
  return made;
}

void Router::check_source(const specs::Route& route) {
  if (!route.source) return;
  const IpAddress& source = route.source->value;
  if (source.family != route.to.value.address.family) return;  // the reader has said so
  if (missing_counts_ && (source.family == Family::v6 || !source.is_loopback()) && onlink_.own(source) == nullptr) {
    draft_.diagnostics.error(route.source->at,
                             "source " + source.text() + " is not an address of " + quoted(place_.name));
  }
}

void Router::check_unique(const Route& route) {
  const auto [first, fresh] = seen_.try_emplace({route.table, route.to, route.metric}, route.at);
  if (fresh) return;
  draft_.diagnostics
      .error(route.at, quoted(place_.name) + " has two routes to " + route.to.text() + " of equal table and metric",
             "give one a metric, or make them one route with two next hops")
      .notes.push_back({first->second, "the other one"});
}

/// A connected route has metric 0 (IPv4) or 256 (IPv6); another one of that metric is refused as a duplicate.
void Router::check_connected(const specs::Route& said, const Route& route) {
  const std::uint32_t metric = route.to.address.family == Family::v4 ? 0 : connected_metric_v6;
  const Address* address = onlink_.connected(route.to);
  if (route.table != main_table || route.metric != metric || address == nullptr) return;
  draft_.diagnostics
      .error(said.to.at, "the kernel makes the route to " + route.to.text() + " by itself",
             "leave it out, or give it a metric")
      .notes.push_back({address->at, "with this address"});
}

/// A gateway that only another route makes reachable is marked onlink, or the kernel would ask for that route first.
bool Router::relies_on_a_route(const NextHop& hop) const {
  const auto interface = hop.via && !is_link_local_v6(*hop.via) ? onlink_.named(hop.dev) : std::nullopt;
  if (!interface) return false;
  const auto& addresses = draft_.graph.interfaces[*interface].addresses;
  return std::none_of(addresses.begin(), addresses.end(),
                      [&](const Address& address) { return address.prefix.contains(*hop.via); });
}

void Router::resolve(const specs::Route& said) {
  Route route{.to = said.to.value, .type = said.type, .on_link = said.on_link, .at = said.at};
  const bool v6 = route.to.address.family == Family::v6;
  if (said.metric) route.metric = said.metric->value;
  if (v6 && route.metric == 0) route.metric = default_metric_v6;
  if (said.table) route.table = said.table->value;
  if (said.source) route.source = said.source->value;
  for (const specs::NextHop& hop : said.nexthops) {
    auto made = resolve(said, hop);
    if (!made) continue;
    route.on_link = route.on_link || relies_on_a_route(*made);
    route.nexthops.push_back(std::move(*made));
  }
  if (route.nexthops.size() == 1) route.nexthops.front().weight = 1;  // alone it has none
  std::sort(route.nexthops.begin(), route.nexthops.end(), [](const NextHop& x, const NextHop& y) {
    return std::tie(x.via, x.dev, x.weight) < std::tie(y.via, y.dev, y.weight);
  });
  check_source(said);
  check_unique(route);
  check_connected(said, route);
  check_multipath(said);
  place_.routes.push_back(std::move(route));
}

}  // namespace

void resolve_routes(Draft& draft) {
  Neighbours neighbours{.addresses = {}, .members = segment_members(draft.graph, draft.segments)};
  for (std::size_t i = 0; i < draft.graph.interfaces.size(); ++i) {
    for (const Address& address : draft.graph.interfaces[i].addresses) {
      neighbours.addresses.insert({draft.segments[i], address.prefix.address});
    }
  }
  for (std::size_t place = 0; place < draft.declared.size(); ++place) {
    if (draft.declared[place] == nullptr || draft.declared[place]->routes.empty()) continue;
    Router router(draft, place, neighbours);
    for (const specs::Route& route : draft.declared[place]->routes) router.learn(route);
    for (const specs::Route& route : draft.declared[place]->routes) router.resolve(route);
  }
}

}  // namespace nsbuild::netgraph
