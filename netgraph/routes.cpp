// Routes: each next hop gets its device, and what the kernel would refuse is said here.
#include "netgraph/draft.hpp"
#include "netgraph/onlink.hpp"

#include <algorithm>
#include <tuple>

namespace nsbuild::netgraph {
namespace {

using specs::Diagnostic;
using specs::RouteType;

constexpr std::uint32_t default_metric_v6 = 1024;  // IP6_RT_PRIO_USER, include/net/ip6_route.h

std::string family_name(Family family) { return family == Family::v4 ? "IPv4" : "IPv6"; }
std::string quoted(const std::string& name) { return '"' + name + '"'; }

/// Resolves the routes of one place.
class Router {
 public:
  Router(Draft& draft, std::size_t place)
      : draft_(draft), place_(draft.graph.places[place]), onlink_(draft.graph, place) {
    missing_counts_ = draft.complete && !draft.maimed.contains(place);
  }

  void learn(const specs::Route& route);
  void resolve(const specs::Route& said);

 private:
  std::optional<NextHop> resolve(const specs::Route& route, const specs::NextHop& hop);
  std::optional<std::string> find_dev(const specs::Route& route, const specs::NextHop& hop);
  bool is_gateway(const specs::Route& route, const specs::NextHop& hop);
  bool usable_dev(const specs::NextHop& hop);
  void refuse_down(const Mark& at, std::size_t interface);
  void not_on_link(const specs::NextHop& hop);
  void check_source(const specs::Route& route);
  void check_unique(const Route& route);

  Draft& draft_;
  Place& place_;
  OnLink onlink_;
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
      draft_.diagnostics.error(hop.dev->at, quoted(place_.name) + " has no interface " + quoted(hop.dev->value));
    }
    return false;
  }
  if (!draft_.graph.interfaces[*interface].up) refuse_down(hop.dev->at, *interface);
  return draft_.graph.interfaces[*interface].up;
}

bool Router::is_gateway(const specs::Route& route, const specs::NextHop& hop) {
  const IpAddress& via = hop.via->value;
  if (via.family != route.to.value.address.family) {
    draft_.diagnostics.error(
        hop.via->at,
        family_name(route.to.value.address.family) + " route with an " + family_name(via.family) + " next hop",
        "the destination is " + route.to.value.text());
    return false;
  }
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

std::optional<std::string> Router::find_dev(const specs::Route& route, const specs::NextHop& hop) {
  const std::string dev = hop.dev ? hop.dev->value : "";
  if (route.on_link || hop.via->value.is_link_local()) {
    if (hop.dev) return dev;
    if (hop.via->value.family == Family::v6 || route.on_link) {
      draft_.diagnostics.error(
          hop.via->at, (route.on_link ? std::string("an on-link route") : "a link-local gateway") + " needs a device",
          "add dev INTERFACE");
      return std::nullopt;
    }
  }
  const auto interface = onlink_.interface_to(hop.via->value, dev);
  if (!interface) {
    not_on_link(hop);
    return std::nullopt;
  }
  if (!draft_.graph.interfaces[*interface].up) {
    refuse_down(hop.via->at, *interface);
    return std::nullopt;
  }
  return draft_.graph.interfaces[*interface].name;
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
  if (source.family != route.to.value.address.family) {
    draft_.diagnostics.error(route.source->at, family_name(route.to.value.address.family) + " route with an " +
                                                   family_name(source.family) + " source");
  } else if (missing_counts_ && !source.is_loopback() && onlink_.own(source) == nullptr) {
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

void Router::resolve(const specs::Route& said) {
  Route route{.to = said.to.value, .type = said.type, .on_link = said.on_link, .at = said.at};
  const bool v6 = route.to.address.family == Family::v6;
  if (said.metric) route.metric = said.metric->value;
  if (v6 && route.metric == 0) route.metric = default_metric_v6;
  if (said.table) route.table = said.table->value;
  if (said.source) route.source = said.source->value;
  for (const specs::NextHop& hop : said.nexthops) {
    if (auto made = resolve(said, hop)) route.nexthops.push_back(*made);
  }
  if (route.nexthops.size() == 1) route.nexthops.front().weight = 1;  // alone it has none
  std::sort(route.nexthops.begin(), route.nexthops.end(), [](const NextHop& x, const NextHop& y) {
    return std::tie(x.via, x.dev, x.weight) < std::tie(y.via, y.dev, y.weight);
  });
  check_source(said);
  check_unique(route);
  place_.routes.push_back(std::move(route));
}

}  // namespace

void resolve_routes(Draft& draft) {
  for (std::size_t place = 0; place < draft.declared.size(); ++place) {
    if (draft.declared[place] == nullptr || draft.declared[place]->routes.empty()) continue;
    Router router(draft, place);
    for (const specs::Route& route : draft.declared[place]->routes) router.learn(route);
    for (const specs::Route& route : draft.declared[place]->routes) router.resolve(route);
  }
}

}  // namespace nsbuild::netgraph
