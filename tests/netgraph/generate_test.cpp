// Generated topologies: valid at every size, as large as they say, and whatever is in them is reached from everywhere:
// by a walk along the routes as the kernel would go, without one.
#include "specs/generate/generate.hpp"

#include "topology.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

namespace nsbuild::netgraph {
namespace {

using specs::Extras;
using specs::Shape;
using specs::shapes;

const Shape& shape(std::string_view name) { return *std::ranges::find(shapes(), name, &Shape::name); }

NetGraph generated(std::string_view name, unsigned n, const Extras& extras = {}) {
  const Outcome outcome = topology(shape(name).text(n, extras));
  EXPECT_FALSE(outcome.diagnostics.failed(true)) << name << ' ' << n << '\n' << outcome.messages;
  return outcome.graph;
}

/// Packets on their way through a graph: longest prefix first, to a gateway that must share the segment.
class Walk {
 public:
  explicit Walk(const NetGraph& graph) : graph_(graph), segment_(graph.interfaces.size()) {
    for (std::size_t i = 0; i < graph.links.size(); ++i) segment_[graph.links[i].a] = segment_[graph.links[i].b] = i;
    for (const Link& link : graph.links)  // all ports of a bridge are one segment, whose number lies above the links'
      for (const auto& [port, end] : {std::pair{link.a, link.b}, std::pair{link.b, link.a}})
        if (const auto network = graph.interfaces[port].network)
          segment_[port] = segment_[end] = graph.links.size() + *network;
    for (std::size_t i = 0; i < graph.interfaces.size(); ++i)
      for (const Address& address : graph.interfaces[i].addresses)
        EXPECT_TRUE(owner_.emplace(address.prefix.address, i).second) << address.prefix.text() << " is there twice";
  }

  const std::map<IpAddress, std::size_t>& addresses() const { return owner_; }

  /// How many hops it takes; none when it never arrives. Of several ways on, `way` says which.
  std::optional<unsigned> hops(std::size_t place, const IpAddress& to, std::size_t way = 0) const {
    for (unsigned hop = 0; hop <= graph_.places.size(); ++hop) {
      if (graph_.interfaces[owner_.at(to)].place == place) return hop;
      const auto gateway = next(place, to, way);
      if (!gateway || (hop > 0 && !forwards(place))) return std::nullopt;
      place = *gateway;
    }
    return std::nullopt;
  }

 private:
  bool forwards(std::size_t place) const {
    const auto& sysctls = graph_.places[place].sysctls;
    return std::ranges::any_of(sysctls, [](const Sysctl& each) { return each.key == "net.ipv4.ip_forward"; });
  }

  /// The place of `address` when it is on a segment that `place` is on, too.
  std::optional<std::size_t> neighbour(std::size_t place, const IpAddress& address) const {
    const auto found = owner_.find(address);
    if (found == owner_.end()) return std::nullopt;
    for (const std::size_t i : graph_.places[place].interfaces)
      if (segment_[i] == segment_[found->second]) return graph_.interfaces[found->second].place;
    return std::nullopt;
  }

  std::optional<std::size_t> next(std::size_t place, const IpAddress& to, std::size_t way) const {
    int longest = -1;
    IpAddress gateway = to;
    const auto covers = [&](const IpPrefix& prefix) {
      return int{prefix.length} > longest && prefix.address.family == to.family && prefix.contains(to);
    };
    for (const std::size_t i : graph_.places[place].interfaces)
      for (const Address& address : graph_.interfaces[i].addresses)
        if (covers(address.prefix.network())) longest = address.prefix.length;
    for (const Route& route : graph_.places[place].routes)
      if (covers(route.to)) {
        longest = route.to.length;
        gateway = *route.nexthops[way % route.nexthops.size()].via;
      }
    return longest < 0 ? std::nullopt : neighbour(place, gateway);
  }

  const NetGraph& graph_;
  std::vector<std::size_t> segment_;  // by interface
  std::map<IpAddress, std::size_t> owner_;
};

/// Own places: what the file calls namespaces.
std::size_t namespaces(const NetGraph& graph) { return graph.places.size() - (graph.networks.empty() ? 0U : 1U); }

/// What Linux gives a packet. Between nodes that are farther apart, no more is promised.
constexpr unsigned lifetime = 64;

bool is_long(std::string_view name) { return name == "ring" || name == "line"; }

/// Every `step`th namespace to every `step`th address.
void expect_reachable(std::string_view name, const NetGraph& graph, std::size_t step) {
  const Walk walk(graph);
  for (std::size_t from = 0; from < namespaces(graph); from += step) {
    std::size_t count = from;
    for (const auto& [address, owner] : walk.addresses()) {
      if (count++ % step != 0) continue;
      const bool shared =
          name == "mesh" && !std::ranges::any_of(graph.places[from].interfaces, [&, &to = address](std::size_t own) {
            return graph.interfaces[own].addresses.front().prefix.network().contains(to);
          });
      if (shared) continue;  // a host of a mesh is called by the address that it has on the link to the caller
      for (std::size_t way = 0; way < (name == "clos" ? 4 : 1); ++way) {
        const auto hops = walk.hops(from, address, way);
        ASSERT_TRUE(hops) << name << ": " << graph.places[from].name << " to " << address.text();
        ASSERT_TRUE(is_long(name) || *hops < lifetime) << *hops << " hops";
      }
    }
  }
}

TEST(Generate, EverythingReachesEverythingElse) {
  for (const Shape& each : shapes())
    for (unsigned n = each.least; n <= 23; ++n) expect_reachable(each.name, generated(each.name, n, {.ipv6 = true}), 1);
}

TEST(Generate, AlsoWhereNumbersCarryOver) {
  expect_reachable("ring", generated("ring", 600, {.ipv6 = true}), 41);
  expect_reachable("line", generated("line", 600, {.ipv6 = true}), 17);
  expect_reachable("star", generated("star", 600, {.ipv6 = true}), 41);
  expect_reachable("tree", generated("tree", 3000, {.ipv6 = true}), 37);
  expect_reachable("mesh", generated("mesh", 60, {.ipv6 = true}), 7);
  expect_reachable("clos", generated("clos", 100, {.ipv6 = true}), 11);
}

TEST(Generate, ARingOf64IsNoLongerThanAPacketLives) {
  const NetGraph graph = generated("ring", lifetime);
  const Walk walk(graph);
  for (const auto& [address, owner] : walk.addresses()) EXPECT_LT(walk.hops(0, address), lifetime);
}

struct Counts {
  std::size_t namespaces, links, networks, addresses, routes;
  bool operator==(const Counts&) const = default;
};

void PrintTo(const Counts& counts, std::ostream* out) {
  *out << counts.namespaces << " namespaces, " << counts.links << " links, " << counts.networks << " networks, "
       << counts.addresses << " addresses, " << counts.routes << " routes";
}

Counts counts(const NetGraph& graph) {
  Counts counts{namespaces(graph), graph.links.size(), graph.networks.size(), 0, 0};
  for (const Interface& interface : graph.interfaces) counts.addresses += interface.addresses.size();
  for (const Place& place : graph.places) counts.routes += place.routes.size();
  return counts;
}

TEST(Generate, CountsOfSmallOnes) {
  EXPECT_EQ(counts(generated("ring", 5)), (Counts{5, 5, 0, 10, 5}));
  EXPECT_EQ(counts(generated("line", 5)), (Counts{5, 4, 0, 8, 7}));
  EXPECT_EQ(counts(generated("star", 5)), (Counts{5, 5, 1, 5, 0}));
  EXPECT_EQ(counts(generated("tree", 7)), (Counts{7, 6, 0, 12, 8}));
  EXPECT_EQ(counts(generated("mesh", 5)), (Counts{5, 10, 0, 20, 0}));
  EXPECT_EQ(counts(generated("clos", 5)), (Counts{12, 15, 0, 30, 34}));
  EXPECT_EQ(counts(generated("ring", 5, {.ipv6 = true})), (Counts{5, 5, 0, 20, 10}));
  EXPECT_EQ(counts(generated("clos", 9)), (Counts{22, 45, 0, 90, 106}));
}

TEST(Generate, CountsOfTheLargest) {
  using Size = std::pair<std::size_t, std::size_t>;
  const auto links = [](std::string_view name) {
    const NetGraph graph = generated(name, shape(name).most, {.ipv6 = true, .services = true});
    EXPECT_EQ(graph.services.size(), namespaces(graph));
    return Size(namespaces(graph), graph.links.size());
  };
  EXPECT_EQ(links("ring"), Size(10000, 10000));
  EXPECT_EQ(links("line"), Size(10000, 9999));
  EXPECT_EQ(links("star"), Size(1023, 1023));
  EXPECT_EQ(links("tree"), Size(10000, 9999));
  EXPECT_EQ(links("mesh"), Size(255, 32385));
  EXPECT_EQ(links("clos"), Size(514, 1275));
}

TEST(Generate, OneServiceInEveryNamespace) {
  for (const Shape& each : shapes()) {
    const NetGraph graph = generated(each.name, 9, {.services = true});
    std::set<std::size_t> with_service;
    for (const Service& service : graph.services) with_service.insert(service.place);
    EXPECT_EQ(with_service.size(), namespaces(graph)) << each.name;
    EXPECT_EQ(graph.services.size(), namespaces(graph)) << each.name;
    EXPECT_TRUE(generated(each.name, 9).services.empty());
  }
}

TEST(Generate, TheSameNumbersGiveTheSameText) {
  for (const Shape& each : shapes()) {
    EXPECT_EQ(each.text(9, {.ipv6 = true}), each.text(9, {.ipv6 = true}));
    EXPECT_NE(each.text(9, {}), each.text(9, {.ipv6 = true}));
  }
}

TEST(Generate, ShortWhereRangesAreShort) {
  const auto lines = [](const std::string& text) { return std::ranges::count(text, '\n'); };
  EXPECT_LE(lines(shape("ring").text(250, {})), 16);
  EXPECT_LE(lines(shape("star").text(1023, {})), 15);
  for (const Shape& each : shapes()) {
    const std::string text = each.text(each.most, {.ipv6 = true, .services = true});
    std::size_t longest = 0;
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
      longest = std::max(longest, text.find('\n', at) - at);
    EXPECT_LE(longest, 170U) << each.name;
  }
}

}  // namespace
}  // namespace nsbuild::netgraph
