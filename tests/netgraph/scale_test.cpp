// Ten times the namespaces are ten times the work, counted in allocations: a quadratic step is far beyond that.
#include "tests/allocations.hpp"
#include "topology.hpp"

#include <gtest/gtest.h>

namespace nsbuild::netgraph {
namespace {

using specs::Located;

constexpr std::size_t few = 1000, many = 10 * few;

std::size_t allocations_to_build(const specs::Spec& spec, bool fails) {
  specs::Diagnostics diagnostics;
  const std::size_t before = allocations();
  const NetGraph graph = build(spec, diagnostics);
  const std::size_t made = allocations() - before;
  EXPECT_EQ(diagnostics.failed(), fails);
  EXPECT_EQ(graph.places.size(), spec.namespaces.size() + (spec.networks.empty() ? 0 : 1));
  return made;
}

/// `topology` makes one of as many namespaces.
template <class F>
void expect_linear(F topology, bool fails = false) {
  EXPECT_LT(allocations_to_build(topology(many), fails), 12 * allocations_to_build(topology(few), fails));
}

specs::End end(const std::string& place, std::uint32_t line) {
  return {.place = {place, {0, line, 3, 1}}, .at = {0, line, 3, 1}};
}

IpPrefix prefix(const std::string& text) { return *IpPrefix::parse(text); }

specs::Spec namespaces(std::size_t count) {
  specs::Spec spec;
  spec.name.value = "big";
  for (std::size_t i = 0; i < count; ++i) {
    spec.namespaces.push_back({.name = {"n" + std::to_string(i), {0, static_cast<std::uint32_t>(i + 1), 1, 1}}});
  }
  return spec;
}

specs::Spec ring_of_links(std::size_t count) {
  specs::Spec spec = namespaces(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto line = static_cast<std::uint32_t>(count + i);
    specs::Link link{.at = {0, line, 1, 1}};
    link.ends = {end("n" + std::to_string(i), line), end("n" + std::to_string((i + 1) % count), line)};
    link.subnets = {{prefix("10." + std::to_string(i / 256) + "." + std::to_string(i % 256) + ".0/30"), link.at}};
    spec.links.push_back(link);
    specs::Route route{.to = {prefix("0.0.0.0/0"), link.at}, .at = link.at};
    const auto gateway = IpAddress::parse("10." + std::to_string(i / 256) + "." + std::to_string(i % 256) + ".2");
    route.nexthops.push_back({.via = Located<IpAddress>{*gateway, link.at}});
    spec.namespaces[i].routes.push_back(route);
  }
  return spec;
}

TEST(Scale, ARingOfLinks) { expect_linear(ring_of_links); }

specs::Spec one_network(std::size_t count) {
  specs::Spec spec = namespaces(count);
  specs::Network network{.name = {"lan", {0, 20000, 1, 1}}, .at = {0, 20000, 1, 1}};
  network.subnets = {{prefix("10.0.0.0/16"), network.at}, {prefix("fd00::/64"), network.at}};
  for (std::size_t i = 0; i < count; ++i) {
    network.ends.push_back(end("n" + std::to_string(i), static_cast<std::uint32_t>(30000 + i)));
  }
  spec.networks.push_back(network);
  return spec;
}

TEST(Scale, OneNetworkOfAll) { expect_linear(one_network); }

specs::Spec hub(std::size_t count) {
  specs::Spec spec = namespaces(count);
  for (std::size_t i = 1; i < count; ++i) {
    const auto line = static_cast<std::uint32_t>(count + i);
    const std::string base = "10." + std::to_string(i / 256) + "." + std::to_string(i % 256) + ".";
    specs::Link link{.at = {0, line, 1, 1}};
    link.ends = {end("n0", line), end("n" + std::to_string(i), line)};
    link.subnets = {{prefix(base + "0/30"), link.at}};
    spec.links.push_back(link);
    specs::Route route{.to = {prefix("192.168." + std::to_string(i % 256) + ".0/24"), link.at}, .at = link.at};
    route.metric = Located<std::uint32_t>{static_cast<std::uint32_t>(i), link.at};
    route.nexthops.push_back({.via = Located<IpAddress>{*IpAddress::parse(base + "2"), link.at}});
    spec.namespaces[0].routes.push_back(route);
  }
  return spec;
}

TEST(Scale, OneHubWithALinkAndARouteToEach) { expect_linear(hub); }

TEST(Scale, AsManyMistakes) {
  const auto mistaken = [](std::size_t count) {
    specs::Spec spec = one_network(count);
    for (specs::End& each : spec.networks[0].ends) each.place.value += "x";
    return spec;
  };
  expect_linear(mistaken, true);
}

TEST(Scale, AHostsFileOfAll) {
  const auto allocations_to_write = [](std::size_t count) {
    specs::Diagnostics diagnostics;
    const NetGraph graph = build(one_network(count), diagnostics);
    const std::size_t before = allocations();
    EXPECT_GT(hosts_file(graph, 0).size(), count * 20);
    return allocations() - before;
  };
  EXPECT_LT(allocations_to_write(many), 12 * allocations_to_write(few));
}

}  // namespace
}  // namespace nsbuild::netgraph
