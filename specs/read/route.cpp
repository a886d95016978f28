// Routes as mappings, in netplan's words.
#include "specs/read/records.hpp"
#include "specs/read/values.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace nsbuild::specs {
namespace {

const Table<NextHop>& next_hop_table() {
  static const Table<NextHop> table{
      {"nexthop", "a next hop", "An item of a route's `via` list, for a route with several ways on."},
      {
          key("via", &NextHop::via, address(), {"the gateway", "10.0.2.2", "none: the device alone", {"gateway"}}),
          key("dev", &NextHop::dev, interface_name(),
              {"the interface", "eth0", "the one that reaches the gateway", {"interface"}}),
          key("weight", &NextHop::weight, integer(1, 256), {"this way's share of the traffic", "3", "1"}),
      }};
  return table;
}

std::optional<NextHop> read_next_hop(Reader& reader, const Node& node) {
  NextHop hop;
  hop.at = node.at;
  if (node.is_scalar()) {
    const auto via = read_address(reader, node.at, node.text);
    if (!via) return std::nullopt;
    hop.via = Located<IpAddress>{*via, node.at};
    return hop;
  }
  if (!read_table(reader, next_hop_table(), node, hop)) return std::nullopt;
  if (!hop.via && !hop.dev) reader.error(node.at, "a next hop needs \"via\" or \"dev\"");
  return hop;
}

void read_via(Reader& reader, const Node& node, Route& route) {
  const auto add = [&](const Node& item) {
    if (auto hop = read_next_hop(reader, item)) route.nexthops.push_back(std::move(*hop));
  };
  if (node.is_sequence())
    std::for_each(node.items.begin(), node.items.end(), add);
  else
    add(node);
}

void read_to(Reader& reader, const Node& node, Route& route) {
  if (!node.is_scalar()) {
    reader.mismatch(node, "default, an IP prefix or an address");
  } else if (node.text == "default") {
    route.to.at = node.at;  // complete_route() knows the family
  } else if (const auto prefix = read_destination(reader, node.at, node.text)) {
    route.to = {*prefix, node.at};
  }
}

/// `dev` beside `via`: the interface of the one next hop, or the whole of it.
void read_dev(Reader& reader, const Node& node, Route& route) {
  const auto name = interface_name().read(reader, node);
  if (!name) return;
  if (route.nexthops.empty()) route.nexthops.push_back({std::nullopt, std::nullopt, 1, node.at});
  for (NextHop& hop : route.nexthops)
    if (!hop.dev) hop.dev = Located<std::string>{*name, node.at};
}

const Value<RouteType>& route_type() {
  static const auto value = choice<RouteType>({{"unicast", RouteType::unicast},
                                               {"blackhole", RouteType::blackhole},
                                               {"unreachable", RouteType::unreachable},
                                               {"prohibit", RouteType::prohibit}});
  return value;
}

const Table<Route>& route_table() {
  static const Type to{"`default`, IP prefix or address", R"({"type": "string"})"};
  static const Type via{"IP address, or a list of addresses and next hops",
                        R"({"anyOf": [{"type": "string"}, {"$ref": "#/$defs/nexthop"}, {"type": "array", "items":
                           {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/nexthop"}]}}]})"};
  // `dev` is read by hand in read_route(), once `via` is known, wherever it stands.
  static const Table<Route> table{
      {"route", "a route",
       "An entry of `routes` in netplan's words. The same as a text in the words of ip-route(8): "
       "`default via 10.0.0.1 metric 50`, `blackhole 198.51.100.0/24`, `default nexthop via 10.0.0.1 weight 2 nexthop "
       "via 10.0.0.2`."},
      {
          key<Route>("to", to, read_to,
                     {"the destination", "203.0.113.0/24", "", {"dst", "destination", "prefix"}, true}),
          key<Route>("via", via, read_via,
                     {"the gateway, or several: a multipath route",
                      "[10.0.2.2, {via: 10.0.1.2, weight: 3}]",
                      "none: the device alone",
                      {"gateway", "nexthop", "next-hop"}}),
          key<Route>("dev", interface_name().type, [](Reader&, const Node&, Route&) {},
                     {"the interface", "eth0", "the one that reaches the gateway", {"interface"}}),
          key("from", &Route::source, address(),
              {"source address of packets that the namespace itself sends",
               "10.0.1.1",
               "the kernel's choice",
               {"source"}}),
          key("src", &Route::source, address(), {"the same as `from`, as ip-route(8) calls it", "10.0.1.1", ""}),
          key("metric", &Route::metric, integer(0, 4294967295U),
              {"preference, low ones first", "50", "0; of IPv6 routes 1024", {"priority", "preference"}}),
          key("table", &Route::table, routing_table(), {"routing table", "100", "main"}),
          key("type", &Route::type, route_type(), {"what becomes of the packets", "blackhole", "unicast"}),
          key("on-link", &Route::on_link, boolean(),
              {"the gateway is on the link though no address says so", "true", "false", {"onlink", "on_link"}}),
      }};
  return table;
}

std::optional<Route> read_route(Reader& reader, const Node& node) {
  if (node.is_scalar()) return read_route_words(reader, node);
  const std::size_t errors_before = reader.errors();
  Route route;
  route.at = node.at;
  if (!read_table(reader, route_table(), node, route)) return std::nullopt;
  const Entry* dev = find(node, "dev");
  if (dev != nullptr && !dev->value.is_null()) read_dev(reader, dev->value, route);
  const Entry* to = find(node, "to");
  if (to == nullptr || !route.to.at || reader.errors() != errors_before) return std::nullopt;
  complete_route(reader, route, to->value.text == "default");
  return route;
}

const char* family_name(Family family) { return family == Family::v4 ? "IPv4" : "IPv6"; }

void check_gateway(Reader& reader, const Located<IpAddress>& via, Family family) {
  if (via.value.family != family)
    reader.error(via.at, fmt::format("the gateway {} is not an {} address, as the route's others are", via.value.text(),
                                     family_name(family)));
  else if (via.value.is_multicast() || via.value.is_unspecified())
    reader.error(via.at, fmt::format("{} cannot be a gateway", via.value.text()));
}

}  // namespace

void complete_route(Reader& reader, Route& route, bool any) {
  const bool drops = route.type != RouteType::unicast;
  if (drops && !route.nexthops.empty())
    reader.error(route.nexthops.front().at, "a route that drops packets has no gateway or device");
  if (!drops && route.nexthops.empty()) reader.error(route.at, "the route needs \"via\" or \"dev\"");
  if (any) {
    const auto first = std::find_if(route.nexthops.begin(), route.nexthops.end(),
                                    [](const NextHop& hop) { return hop.via.has_value(); });
    Family family = route.source ? route.source->value.family : Family::v4;
    if (first != route.nexthops.end()) family = first->via->value.family;
    route.to.value = {{family, {}}, 0};
  }
  const Family family = route.to.value.address.family;
  for (const NextHop& hop : route.nexthops)
    if (hop.via) check_gateway(reader, *hop.via, family);
  if (route.source && route.source->value.family != family)
    reader.error(route.source->at,
                 fmt::format("the source address is not an {} address, as the route is", family_name(family)));
}

Value<std::vector<Route>> routes() {
  return list_of<Route>({"list of routes", R"({"anyOf": [{"type": "string"}, {"$ref": "#/$defs/route"}]})"},
                        "such as [default via 10.0.0.1]", read_route);
}

TableView route_keys() { return view(route_table()); }
TableView next_hop_keys() { return view(next_hop_table()); }

}  // namespace nsbuild::specs
