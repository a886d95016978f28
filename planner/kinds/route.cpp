#include "planner/kinds/route.hpp"

#include "planner/script.hpp"
#include "planner/state.hpp"
#include "planner/words.hpp"

#include <algorithm>

namespace nsbuild::planner {
namespace {

constexpr std::uint32_t main_table = 254;  // RT_TABLE_MAIN
constexpr std::uint32_t v6_metric = 1024;  // IP6_RT_PRIO_USER, what the kernel makes of 0

std::string way(const Route& route, const NextHop& hop) {
  std::string text;
  if (hop.via)
    text += std::string(" via ") + (hop.via->family == route.to.address.family ? "" : "inet6 ") + hop.via->text();
  if (!hop.dev.empty()) text += " dev " + quoted(hop.dev);
  if (route.on_link) text += " onlink";
  return text;
}

/// What ip(8) and the kernel know a route by, beyond its nexthops.
std::string selector(const Route& route) {
  std::string text = route.type == specs::RouteType::unicast ? "" : words(route.type) + " ";
  text += route.to.text();
  if (route.table != main_table) text += " table " + std::to_string(route.table);
  if (route.metric != 0) text += " metric " + std::to_string(route.metric);
  return text;
}

}  // namespace

Key Route::identity() const {
  std::string id = to.is_default() && to.address.family == Family::v4 ? "default" : to.text();
  if (table != main_table) id += " table " + std::to_string(table);
  if (metric != (to.address.family == Family::v6 ? v6_metric : 0)) id += " metric " + std::to_string(metric);
  return key_of<Route>(place, id);
}

std::vector<Key> Route::needs() const { return owners(); }

std::vector<Key> Route::owners() const {
  std::vector<Key> all{key_of<Namespace>("", place)};
  for (const NextHop& hop : nexthops)
    if (!hop.dev.empty()) all.push_back(interface_key(place, hop.dev));
  return all;
}

std::vector<std::string> Route::claims() const { return {}; }
Phase Route::phase() const { return Phase::routes; }

std::vector<Route> Route::desire(const netgraph::NetGraph& graph) {
  std::vector<Route> all;
  for (const netgraph::Place& place : graph.places)
    for (const netgraph::Route& wish : place.routes) {
      Route route{.place = place.name, .table = wish.table, .to = wish.to, .metric = wish.metric, .type = wish.type};
      for (const netgraph::NextHop& hop : wish.nexthops) route.nexthops.push_back({hop.via, hop.dev, hop.weight});
      std::sort(route.nexthops.begin(), route.nexthops.end());
      route.source = wish.source;
      route.on_link = wish.on_link;
      all.push_back(std::move(route));
    }
  return all;
}

void Route::shell(Script& script, const Route* before, const Route* after) {
  const Route& some = after != nullptr ? *after : *before;
  const std::string ip = script.ip(some.place, some.to.address.family == Family::v6) + " route ";
  if (after == nullptr) return script.line(ip + "delete " + selector(some));
  std::string text = ip + (before == nullptr ? "add " : "replace ") + selector(some);
  if (after->source) text += " src " + after->source->text();
  for (const NextHop& hop : after->nexthops)
    text += after->nexthops.size() == 1 ? way(*after, hop)
                                        : " nexthop" + way(*after, hop) + " weight " + std::to_string(hop.weight);
  script.line(text);
}

}  // namespace nsbuild::planner
