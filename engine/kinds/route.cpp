// A route, marked with its protocol. Identity is what the kernel keys on: table, destination, metric.
#include "engine/kinds/kinds.hpp"
#include "engine/linux/mark.hpp"

#include <algorithm>
#include <array>

namespace nsbuild::engine {

namespace {

using planner::NextHop;
using planner::Route;
using specs::RouteType;

constexpr std::array<std::pair<RouteType, unsigned char>, 4> route_types{{
    {RouteType::unicast, RTN_UNICAST},
    {RouteType::blackhole, RTN_BLACKHOLE},
    {RouteType::unreachable, RTN_UNREACHABLE},
    {RouteType::prohibit, RTN_PROHIBIT},
}};

unsigned char kernel_type(RouteType type) {
  return std::find_if(route_types.begin(), route_types.end(), [&](const auto& row) { return row.first == type; })
      ->second;
}

bool is_v4(const Route& route) { return route.to.address.family == Family::v4; }

/// A next hop of the other family than the destination's is said with RTA_VIA (RFC 5549).
template <class Hop>
void set_gateway(Hop& hop, const Route& route, const NextHop& next) {
  if (!next.via) return;
  if (next.via->family == route.to.address.family)
    hop.gateway = next.via;
  else
    hop.via = Via{*next.via};
}

/// As ip-route(8) fills it in: a route without any gateway reaches the link, others the universe.
unsigned char scope_of(const Route& route) {
  const bool direct = route.nexthops.size() == 1 && !route.nexthops.front().via;
  return is_v4(route) && route.type == RouteType::unicast && direct ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
}

/// What identifies a route, which is all that its removal needs.
RouteMessage identity_of(const Route& route) {
  RouteMessage message;
  message.header.rtm_family = is_v4(route) ? AF_INET : AF_INET6;
  message.header.rtm_dst_len = route.to.length;
  message.header.rtm_type = kernel_type(route.type);
  message.header.rtm_protocol = route.owned ? mark_protocol : static_cast<unsigned char>(RTPROT_UNSPEC);
  message.table = route.table;
  if (route.to.length > 0) message.to = route.to.address;
  if (route.metric != 0) message.metric = route.metric;
  return message;
}

RouteMessage message_of(OpenPlace& place, const Route& route) {
  RouteMessage message = identity_of(route);
  if (!route.owned) message.header.rtm_protocol = RTPROT_BOOT;  // as ip-route(8): somebody's, by hand
  message.header.rtm_scope = scope_of(route);
  message.source = route.source;
  const unsigned flags = route.on_link ? RTNH_F_ONLINK : 0U;
  if (route.nexthops.size() == 1) {
    const NextHop& next = route.nexthops.front();
    message.header.rtm_flags = flags;
    set_gateway(message, route, next);
    if (!next.dev.empty()) message.oif = place.device(next.dev);
    return message;
  }
  for (const NextHop& next : route.nexthops) {
    NextHopMessage hop;
    hop.header.rtnh_flags = static_cast<unsigned char>(flags);
    hop.header.rtnh_hops = static_cast<unsigned char>(next.weight - 1);
    if (!next.dev.empty()) hop.header.rtnh_ifindex = static_cast<int>(place.device(next.dev));
    set_gateway(hop, route, next);
    message.nexthops.push_back(hop);
  }
  return message;
}

void remove(OpenPlace& place, const Route& route) {
  RouteMessage gone = identity_of(route);
  if (is_v4(route)) gone.header.rtm_scope = RT_SCOPE_NOWHERE;  // any
  Message message(RTM_DELROUTE, 0);
  put_all(message, gone);
  try {
    place.socket->request(message);
  } catch (const Refusal& refusal) {
    if (refusal.code() != ESRCH && refusal.code() != ENOENT) throw;
  }
}

template <class Hop>
NextHop next_hop(const Hop& hop, const Devices& devices, std::uint32_t index, std::uint32_t weight) {
  NextHop next;
  next.via = hop.via ? std::optional(hop.via->address) : hop.gateway;
  next.dev = devices.name(index);
  next.weight = weight;
  return next;
}

std::vector<NextHop> next_hops(const Devices& devices, const RouteMessage& seen) {
  std::vector<NextHop> all;
  for (const NextHopMessage& hop : seen.nexthops)
    all.push_back(
        next_hop(hop, devices, static_cast<std::uint32_t>(hop.header.rtnh_ifindex), hop.header.rtnh_hops + 1U));
  if (all.empty()) all.push_back(next_hop(seen, devices, seen.oif.value_or(0), 1));
  std::sort(all.begin(), all.end());
  return all;
}

bool is_on_link(const RouteMessage& seen) {
  if (seen.nexthops.empty()) return (seen.header.rtm_flags & RTNH_F_ONLINK) != 0;
  return (seen.nexthops.front().header.rtnh_flags & RTNH_F_ONLINK) != 0;
}

/// None for what the language cannot say: local and broadcast routes, type of service, source-specific ones, cache.
std::optional<Route> route_of(const OpenPlace& place, const RouteMessage& seen) {
  const rtmsg& header = seen.header;
  const bool v4 = header.rtm_family == AF_INET;
  if ((!v4 && header.rtm_family != AF_INET6) || header.rtm_tos != 0 || header.rtm_src_len != 0) return std::nullopt;
  const auto type = std::find_if(route_types.begin(), route_types.end(),
                                 [&](const auto& row) { return row.second == header.rtm_type; });
  if (type == route_types.end() || (header.rtm_flags & RTM_F_CLONED) != 0) return std::nullopt;
  Route route;
  route.place = place.name;
  route.table = seen.table.value_or(header.rtm_table);
  const IpAddress any{v4 ? Family::v4 : Family::v6, {}};
  route.to = IpPrefix{seen.to.value_or(any), header.rtm_dst_len};
  route.metric = seen.metric.value_or(0);
  route.type = type->first;
  // An IPv6 route that drops is shown with lo as its device.
  if (route.type == RouteType::unicast) route.nexthops = next_hops(place.devices, seen);
  route.source = seen.source;
  route.on_link = is_on_link(seen);
  route.owned = header.rtm_protocol == mark_protocol;
  return route;
}

std::vector<RouteMessage> dump(OpenPlace& place, unsigned char protocol) {
  rtmsg filter{};
  filter.rtm_protocol = protocol;
  Message request(RTM_GETROUTE, 0);
  request.put_header(filter);
  return place.socket->dump<RouteMessage>(request);
}

/// All labs share the host. What goes through no device no other lab's record names, or this one could not have noted
/// it.
bool goes_through_ours(const OpenPlace& host, const Route& route, const std::string& lab) {
  const auto& links = host.devices.links();
  return std::all_of(route.nexthops.begin(), route.nexthops.end(), [&](const NextHop& hop) {
    return std::any_of(links.begin(), links.end(),
                       [&](const LinkMessage& link) { return link.name == hop.dev && is_marked(host, link, lab); });
  });
}

/// Whether a route that is in the way was made for this lab.
bool is_there_for(const std::string& lab, OpenPlace& place, const Route& wanted) {
  if (place.is_host()) place.devices.load(*place.socket);
  const std::vector<RouteMessage> marked = read_routes(place);
  const planner::Key wanted_key = planner::key(wanted);
  return std::any_of(marked.begin(), marked.end(), [&](const RouteMessage& seen) {
    const auto route = route_of(place, seen);
    return route && route->owned && planner::key(*route) == wanted_key &&
           (!place.is_host() || goes_through_ours(place, *route, lab));
  });
}

void put(OpenPlace& place, const Route& route, std::uint16_t flags) {
  Message message(RTM_NEWROUTE, flags);
  put_all(message, message_of(place, route));
  place.socket->request(message);
}

/// Whose a marked route on the host is: that of the lab whose device it goes through; without one, its record knows.
bool is_ours(const Sight& sight, const RouteMessage& seen, const Route& route) {
  if (!sight.place.is_host()) return true;
  if (seen.oif && route.type == RouteType::unicast) return sight.ours.contains(*seen.oif);
  for (const NextHopMessage& hop : seen.nexthops)
    if (sight.ours.contains(static_cast<std::uint32_t>(hop.header.rtnh_ifindex))) return true;
  return route.nexthops.empty() && sight.host_routes.contains(planner::key(route).id);
}

bool all_seen(const Sight& sight) {
  const auto wanted = declared_in<Route>(sight.wish, sight.place.name);
  return std::all_of(wanted.begin(), wanted.end(),
                     [&](const Route* route) { return sight.state.contains(planner::key(*route)); });
}

}  // namespace

void change(Machine& machine, const Change<Route>& change) {
  OpenPlace& place = machine.places.at(change.any().place);
  if (change.after == nullptr) return remove(place, *change.before);
  const Route& wanted = *change.after;
  const auto replace = [&] { put(place, wanted, NLM_F_CREATE | NLM_F_REPLACE); };
  if (change.before != nullptr) return replace();
  make_or_replace([&] { put(place, wanted, NLM_F_CREATE | NLM_F_EXCL); },
                  [&] { return is_there_for(machine.lab(), place, wanted); }, replace);
}

std::vector<RouteMessage> read_routes(OpenPlace& place) { return dump(place, mark_protocol); }

std::vector<Route> marked_routes(OpenPlace& place) {
  std::vector<Route> routes;
  for (const RouteMessage& seen : read_routes(place))
    if (auto route = route_of(place, seen); route && route->owned) routes.push_back(*std::move(route));
  return routes;
}

/// Only when a declared route is not among ours is everything read, to find it under another protocol.
void see_routes(const Sight& sight) {
  for (const RouteMessage& seen : sight.reading.routes)
    if (auto route = route_of(sight.place, seen); route && route->owned)
      if (is_ours(sight, seen, *route) || sight.declared(*route)) sight.see(*std::move(route), true);
  if (all_seen(sight)) return;
  for (const RouteMessage& seen : dump(sight.place, RTPROT_UNSPEC))
    if (auto route = route_of(sight.place, seen); route && !route->owned)
      if (!sight.state.contains(planner::key(*route))) sight.see(*std::move(route), false);
}

}  // namespace nsbuild::engine
