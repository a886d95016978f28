// Plans of ten thousand resources: as many steps as there is to do, and no more edges between them than grow with it.
#include "planner/plan.hpp"

#include <gtest/gtest.h>

namespace nsbuild::planner {
namespace {

IpPrefix subnet_host(std::size_t subnet, unsigned host) {
  IpPrefix prefix;
  prefix.length = 30;
  prefix.address.bytes = {10, static_cast<std::uint8_t>(subnet >> 14U), static_cast<std::uint8_t>(subnet >> 6U),
                          static_cast<std::uint8_t>((subnet << 2U) | host)};
  return prefix;
}

State ring(std::size_t count) {
  State state;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string here = "r" + std::to_string(i), next = "r" + std::to_string((i + 1) % count);
    put(state, Namespace{.name = here});
    put(state, Veth{.a = {.place = here, .name = "eth0", .mtu = 1500}, .b = {.place = next, .name = "eth1"}});
    put(state, Address{.place = here, .dev = "eth0", .prefix = subnet_host(i, 1)});
    put(state, Address{.place = next, .dev = "eth1", .prefix = subnet_host(i, 2)});
    put(state, Route{.place = here, .nexthops = {{.via = subnet_host(i, 2).address, .dev = "eth0"}}});
  }
  return state;
}

/// Everything in one namespace, where a careless index looks at all of it for each of it.
State hub(std::size_t count) {
  State state;
  put(state, Namespace{.name = "hub"});
  for (std::size_t i = 0; i < count; ++i) {
    const std::string dev = "e" + std::to_string(i);
    put(state, Veth{.a = {.place = "hub", .name = dev}, .b = {.place = "host", .name = "h" + dev}});
    put(state, Address{.place = "hub", .dev = dev, .prefix = subnet_host(i, 1)});
    put(state, Route{.place = "hub", .to = subnet_host(i, 0), .metric = 7, .nexthops = {{.dev = dev}}});
  }
  return state;
}

State without_networks(State state) {
  std::erase_if(state, [](const auto& entry) {
    return std::holds_alternative<Address>(entry.second) || std::holds_alternative<Route>(entry.second);
  });
  return state;
}

State without_links(State state) {
  std::erase_if(state, [](const auto& entry) { return !std::holds_alternative<Namespace>(entry.second); });
  return state;
}

void expect_lean(const State& from, const State& to, std::size_t steps) {
  const Plan plan = planner::plan(from, to);
  EXPECT_EQ(plan.steps.size(), steps);
  std::size_t edges = 0;
  for (const Step& step : plan.steps) edges += step.needs.size();
  EXPECT_LE(edges, 3 * steps);
}

TEST(Scale, ARingOfTwoThousandNamespaces) {
  const State lab = ring(2000);
  ASSERT_EQ(lab.size(), 10'000U);
  expect_lean({}, lab, 10'000);
  expect_lean(lab, lab, 0);
  expect_lean(lab, without_networks(lab), 6000);
  expect_lean(lab, without_links(lab), 2000);
  expect_lean(lab, {}, 2000);
}

TEST(Scale, AHubOfThreeThousandInterfaces) {
  const State lab = hub(3333);
  ASSERT_EQ(lab.size(), 10'000U);
  expect_lean({}, lab, 10'000);
  expect_lean(lab, without_networks(lab), 6666);
  expect_lean(lab, without_links(lab), 3333);
  expect_lean(lab, {}, 3334);
}

}  // namespace
}  // namespace nsbuild::planner
