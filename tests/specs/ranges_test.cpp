// `h[1-50]`: one entry that is many.
#include "loading.hpp"
#include "tests/allocations.hpp"

#include <gtest/gtest.h>

namespace nsbuild::specs {
namespace {

std::string names(const Spec& spec) {
  std::string result;
  for (const Namespace& space : spec.namespaces) result += space.name.value + " ";
  return result;
}

std::string ends(const std::vector<End>& ends) {
  std::string result;
  for (const End& end : ends) {
    result += end.place.value + ":" + (end.interface ? end.interface->value : "");
    for (const auto& address : end.addresses) result += "=" + address.value.text();
    result += " ";
  }
  return result;
}

TEST(Ranges, StandInNamesOfNamespaces) {
  EXPECT_EQ(names(fine("namespaces:\n  h[9-11]:\n  a:\n  g[08-10]x[1-3]:\n  z[0-0]:\n")),
            "h9 h10 h11 a g08x1 g09x2 g10x3 z0 ");
}

TEST(Ranges, GoSideBySideInRoutesAddressesAndVars) {
  const Spec spec = fine(R"(
namespaces:
  r[1-2]:
    routes: ["default via 10.[1-2].0.1", {to: "10.9.[5-6].0/24", via: "10.[1-2].0.2"}]
    interfaces: {lo: {addresses: ["10.255.0.[1-2]/32"]}}
    vars: {asn: "6500[1-2]", fixed: "[a-z]"}
  x: {vars: {pattern: "[0-9]"}}
)");
  const Namespace& second = spec.namespaces.at(1);
  EXPECT_EQ(second.routes.at(0).nexthops.at(0).via->value.text(), "10.2.0.1");
  EXPECT_EQ(second.routes.at(1).to.value.text(), "10.9.6.0/24");
  EXPECT_EQ(second.interfaces.at(0).addresses.at(0).value.text(), "10.255.0.2/32");
  EXPECT_EQ(second.vars.at("asn").value, "65002");
  EXPECT_EQ(second.vars.at("fixed").value, "[a-z]");
  EXPECT_EQ(spec.namespaces.at(2).vars.at("pattern").value, "[0-9]");
}

TEST(Ranges, MakeManyEndsOfANetwork) {
  const Spec spec = fine(R"(
namespaces: {a: }
networks:
  lan:
    subnet: 10.1.0.0/24
    endpoints:
      h[1-3]:eth0: 10.1.0.[11-13]/24
      r:eth[0-1]: {addresses: ["10.1.0.[1-2]/24"], mac: "02:00:00:00:00:0[1-2]"}
      a:
  list: {endpoints: ["h[1-2]:eth1", r]}
  lan[4-5]: {subnet: "10.[4-5].0.0/24", endpoints: ["h[1-2]:lan", "r:lan[4-5]"]}
)");
  EXPECT_EQ(ends(spec.networks.at(0).ends),
            "h1:eth0=10.1.0.11/24 h2:eth0=10.1.0.12/24 h3:eth0=10.1.0.13/24 r:eth0=10.1.0.1/24 r:eth1=10.1.0.2/24 a: ");
  EXPECT_EQ(spec.networks.at(0).ends.at(4).mac->value.text(), "02:00:00:00:00:02");
  EXPECT_EQ(ends(spec.networks.at(1).ends), "h1:eth1 h2:eth1 r: ");
  EXPECT_EQ(spec.networks.at(3).name.value + " " + ends(spec.networks.at(3).ends), "lan5 h2:lan r:lan5 ");
  EXPECT_EQ(spec.networks.at(3).subnets.at(0).value.text(), "10.5.0.0/24");
}

TEST(Ranges, MakeManyLinks) {
  const Spec spec = fine(R"(
namespaces: {a: }
links:
  - endpoints:
      h[1-3]:eth0: 10.[1-3].0.2/24
      r:eth[0-2]: 10.[1-3].0.1/24
  - {endpoints: ["h[1-3]", "h[2-4]"], subnet: "10.9.[0-2].0/30", mtu: 1400}
)");
  ASSERT_EQ(spec.links.size(), 6U);
  EXPECT_EQ(ends(spec.links[2].ends), "h3:eth0=10.3.0.2/24 r:eth2=10.3.0.1/24 ");
  EXPECT_EQ(ends(spec.links[3].ends), "h1: h2: ");
  EXPECT_EQ(spec.links[5].subnets.at(0).value.text(), "10.9.2.0/30");
  EXPECT_LT(spec.links[4].order, spec.links[5].order);
}

TEST(Ranges, MakeManyServicesAndDependencies) {
  const Spec spec = fine(R"(
namespaces: {a: }
services:
  web[1-2]: {namespace: "h[1-2]", command: "echo [1-9] [a-z]", hostname: "w[1-2]", environment: {A: "[1-3]"}}
  log[1-2]: {join: "web[1-2]", command: [x, "[1-2]"]}
  all:
    namespace: a
    command: x
    depends_on:
      - web[1-2]
      - log1
  some: {namespace: a, command: x, depends_on: {"web[1-2]": started}}
)");
  ASSERT_EQ(spec.services.size(), 6U);
  const Service& web = spec.services[1];
  EXPECT_EQ(web.name.value + web.namespace_name.value + web.hostname->value, "web2h2w2");
  EXPECT_EQ(web.command.at(2) + web.environment.at(0).second, "echo [1-9] [a-z][1-3]");
  EXPECT_EQ(spec.services[3].join->value + spec.services[3].command.at(1), "web2[1-2]");
  ASSERT_EQ(spec.services[4].depends_on.size(), 3U);
  EXPECT_EQ(spec.services[4].depends_on[1].service.value, "web2");
  ASSERT_EQ(spec.services[5].depends_on.size(), 2U);
  EXPECT_EQ(spec.services[5].depends_on[1].condition, Condition::started);
}

TEST(Ranges, LeaveOtherBracketsAlone) {
  const Spec spec = fine(R"(
namespaces: {n: {sysctls: {net.x: "[1-3]"}}}
services:
  s:
    namespace: n
    command: [grep, "[0-9]"]
    files: {/etc/x: "[1-2]"}
    ready: {log: "port [0-9]"}
)");
  EXPECT_EQ(spec.namespaces.at(0).sysctls.at(0).value.value, "[1-3]");
  EXPECT_EQ(spec.services.at(0).files.at(0).content, "[1-2]");
  EXPECT_EQ(spec.services.at(0).ready->text, "port [0-9]");
}

TEST(Ranges, OfAProfileGoWithThoseOfTheEntry) {
  const Spec spec = fine(R"(
profiles: {far: {routes: ["default via 10.0.[1-2].1"]}}
namespaces:
  h[1-2]: {profile: far}
)");
  EXPECT_EQ(spec.namespaces.at(1).routes.at(0).nexthops.at(0).via->value.text(), "10.0.2.1");
}

TEST(Ranges, OfTenThousandAreAsMuchWorkAsTenThousandWritten) {
  std::string written = "namespaces:\n";
  for (int i = 1; i <= 10000; ++i)
    written += "  h" + std::to_string(i) + ": {profile: p, routes: [blackhole 10.0.0.0/8]}\n";
  const std::string profile = "profiles: {p: {forwarding: true}}\n";
  const auto allocations_to_read = [](const std::string& text) {
    const std::size_t before = allocations();
    EXPECT_EQ(fine(text).namespaces.size(), 10000U);
    return allocations() - before;
  };
  EXPECT_LT(allocations_to_read(profile + "namespaces:\n  h[1-10000]: {profile: p, routes: [blackhole 10.0.0.0/8]}\n"),
            allocations_to_read(profile + written) * 2);
}

TEST(Ranges, CannotFillTheMemory) {
  std::string text = "namespaces:\n";
  for (int i = 0; i < 100; ++i) text += "  h" + std::to_string(i) + "x[1-100000]: {sysctls: {net.a: 1}}\n";
  EXPECT_NE(messages(text).find("the ranges make this file too large"), std::string::npos);
}

}  // namespace
}  // namespace nsbuild::specs
