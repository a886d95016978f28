// Ten thousand namespaces are no reason to wait. The bounds are for a busy machine and an unoptimised build; a
// quadratic step is far beyond them.
#include "topology.hpp"

#include <ctime>

#include <gtest/gtest.h>

namespace nsbuild::netgraph {
namespace {

using specs::Located;

constexpr std::size_t many = 10000;

/// A busy machine takes wall time, not this.
double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

double seconds_to_build(const specs::Spec& spec, bool fails = false) {
  specs::Diagnostics diagnostics;
  const double start = cpu_seconds();
  const NetGraph graph = build(spec, diagnostics);
  const double taken = cpu_seconds() - start;
  EXPECT_EQ(diagnostics.failed(), fails);
  EXPECT_EQ(graph.places.size(), spec.namespaces.size() + (spec.networks.empty() ? 0 : 1));
  return taken;
}

specs::End end(const std::string& place, std::uint32_t line) {
  return {.place = {place, {0, line, 3, 1}}, .at = {0, line, 3, 1}};
}

IpPrefix prefix(const std::string& text) { return *IpPrefix::parse(text); }

specs::Spec namespaces() {
  specs::Spec spec;
  spec.name.value = "big";
  for (std::size_t i = 0; i < many; ++i) {
    spec.namespaces.push_back({.name = {"n" + std::to_string(i), {0, static_cast<std::uint32_t>(i + 1), 1, 1}}});
  }
  return spec;
}

TEST(Scale, ARingOfLinks) {
  specs::Spec spec = namespaces();
  for (std::size_t i = 0; i < many; ++i) {
    const auto line = static_cast<std::uint32_t>(many + i);
    specs::Link link{.at = {0, line, 1, 1}};
    link.ends = {end("n" + std::to_string(i), line), end("n" + std::to_string((i + 1) % many), line)};
    link.subnets = {{prefix("10." + std::to_string(i / 256) + "." + std::to_string(i % 256) + ".0/30"), link.at}};
    spec.links.push_back(link);
    specs::Route route{.to = {prefix("0.0.0.0/0"), link.at}, .at = link.at};
    const auto gateway = IpAddress::parse("10." + std::to_string(i / 256) + "." + std::to_string(i % 256) + ".2");
    route.nexthops.push_back({.via = Located<IpAddress>{*gateway, link.at}});
    spec.namespaces[i].routes.push_back(route);
  }
  EXPECT_LT(seconds_to_build(spec), 4);
}

specs::Spec one_network() {
  specs::Spec spec = namespaces();
  specs::Network network{.name = {"lan", {0, 20000, 1, 1}}, .at = {0, 20000, 1, 1}};
  network.subnets = {{prefix("10.0.0.0/16"), network.at}, {prefix("fd00::/64"), network.at}};
  for (std::size_t i = 0; i < many; ++i) {
    network.ends.push_back(end("n" + std::to_string(i), static_cast<std::uint32_t>(30000 + i)));
  }
  spec.networks.push_back(network);
  return spec;
}

TEST(Scale, OneNetworkOfAll) { EXPECT_LT(seconds_to_build(one_network()), 3); }

TEST(Scale, OneHubWithALinkAndARouteToEach) {
  specs::Spec spec = namespaces();
  for (std::size_t i = 1; i < many; ++i) {
    const auto line = static_cast<std::uint32_t>(many + i);
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
  EXPECT_LT(seconds_to_build(spec), 4);
}

TEST(Scale, TenThousandMistakes) {
  specs::Spec spec = one_network();
  for (specs::End& each : spec.networks[0].ends) each.place.value += "x";
  EXPECT_LT(seconds_to_build(spec, true), 6);
}

TEST(Scale, HostsOfTenThousand) {
  specs::Diagnostics diagnostics;
  const NetGraph graph = build(one_network(), diagnostics);
  const double start = cpu_seconds();
  EXPECT_GT(hosts_file(graph, 0).size(), many * 20);
  EXPECT_LT(cpu_seconds() - start, 2);
}

}  // namespace
}  // namespace nsbuild::netgraph
