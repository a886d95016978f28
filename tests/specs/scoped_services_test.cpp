// Services in the entries of namespaces.
#include "loading.hpp"

#include <gtest/gtest.h>

namespace nsbuild::specs {
namespace {

TEST(ScopedServices, AreNamedAfterTheirNamespaceAndRunInIt) {
  const Spec spec = fine(R"(
defaults: {service: {user: nobody, namespace: elsewhere}}
namespaces:
  r1: {services: {zebra: {command: [zebra]}, ospfd: {join: zebra, command: [ospfd], depends_on: [zebra]}}}
services: {web: {namespace: r1, command: x}}
)");
  ASSERT_EQ(spec.services.size(), 3U);
  const Service& zebra = spec.services[0];
  EXPECT_EQ(zebra.name.value + " " + zebra.short_name.value + " " + zebra.namespace_name.value, "r1-zebra zebra r1");
  EXPECT_EQ(zebra.scope->value, "r1");
  EXPECT_EQ(zebra.user->value, "nobody");
  EXPECT_EQ(spec.services[1].namespace_name.value, "");
  EXPECT_EQ(spec.services[1].join->value, "zebra");
  EXPECT_FALSE(spec.services[2].scope);
  EXPECT_EQ(spec.services[2].short_name.value, "web");
}

TEST(ScopedServices, MergeByNameThroughProfiles) {
  const Spec spec = fine(R"(
defaults: {service: {environment: {A: default, B: default}}}
profiles:
  base: {services: {zebra: {command: [zebra, -A], environment: {B: base}, files: {/etc/z: {content: a, mode: 0600}}}}}
  more: {profile: base, services: {ospfd: {join: zebra, command: [ospfd]}, zebra: {+command: [-B]}}}
namespaces:
  r[1-2]:
    profile: more
    services: {zebra: {+command: [-C], files: {/etc/z: b}}}
)");
  ASSERT_EQ(spec.services.size(), 4U);
  const Service& zebra = spec.services[2];
  EXPECT_EQ(zebra.name.value, "r2-zebra");
  EXPECT_EQ(zebra.command, (std::vector<std::string>{"zebra", "-A", "-B", "-C"}));
  EXPECT_EQ(zebra.files.at(0).content, "b");
  EXPECT_EQ(zebra.files.at(0).mode, 0600U);
  std::string environment;
  for (const auto& [name, value] : zebra.environment) environment += name + "=" + value + " ";
  EXPECT_EQ(environment, "A=default B=base ");
}

TEST(ScopedServices, AppendToTheDefaultsOfServices) {
  const Spec spec = fine(R"(
defaults: {service: {command: [x, -a]}}
namespaces:
  n: {services: {one: {+command: [-b]}, two: {command: [y]}}}
)");
  EXPECT_EQ(spec.services.at(0).command, (std::vector<std::string>{"x", "-a", "-b"}));
  EXPECT_EQ(spec.services.at(1).command, (std::vector<std::string>{"y"}));
}

TEST(ScopedServices, MayHaveRangesOfTheirOwn) {
  const Spec spec = fine(R"(
profiles: {p: {services: {"w[1-2]": {command: x, vars: {n: "[1-2]"}}}}}
namespaces:
  h[1-2]: {profile: p}
)");
  ASSERT_EQ(spec.services.size(), 4U);
  EXPECT_EQ(spec.services[3].name.value + spec.services[3].vars.at("n").value, "h2-w22");
}

}  // namespace
}  // namespace nsbuild::specs
