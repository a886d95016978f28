// Profiles and defaults.
#include "loading.hpp"

#include <gtest/gtest.h>

namespace nsbuild::specs {
namespace {

std::string mtus(const Spec& spec) {
  std::string result;
  for (const Link& link : spec.links) result += (link.mtu ? std::to_string(link.mtu->value) : "-") + " ";
  return result;
}

std::string sysctls(const Namespace& space) {
  std::string result;
  for (const Sysctl& each : space.sysctls) result += each.key.value + "=" + each.value.value + " ";
  return result;
}

std::string routes(const Namespace& space) {
  std::string result;
  for (const Route& each : space.routes) result += each.to.value.text() + " ";
  return result;
}

TEST(Merge, DefaultsLieBelowProfilesBelowTheEntry) {
  const Spec spec = fine(R"(
profiles: {small: {mtu: 1300}, smaller: {mtu: 1280}}
defaults: {link: {mtu: 1400}}
namespaces: {a: , b: }
links:
  - endpoints: [a:x1, b:x1]
  - {endpoints: [a:x2, b:x2], profile: small}
  - {endpoints: [a:x3, b:x3], profile: [small, smaller]}
  - {endpoints: [a:x4, b:x4], profile: [small, smaller], mtu: 1290}
)");
  EXPECT_EQ(mtus(spec), "1400 1300 1280 1290 ");
}

TEST(Merge, MapsMergeAndListsReplaceOrAppend) {
  const Spec spec = fine(R"(
profiles:
  p: {sysctls: {net.a: 1, net.b: 1}, routes: [blackhole 10.1.0.0/16]}
namespaces:
  one: {profile: p, sysctls: {net.b: 2, net.c: 3}, routes: [blackhole 10.2.0.0/16]}
  two: {profile: p, +routes: [blackhole 10.2.0.0/16]}
  three: {+routes: [blackhole 10.3.0.0/16]}
  four: {profile: p, routes: , sysctls: }
)");
  EXPECT_EQ(sysctls(spec.namespaces.at(0)), "net.a=1 net.b=2 net.c=3 ");
  EXPECT_EQ(routes(spec.namespaces.at(0)), "10.2.0.0/16 ");
  EXPECT_EQ(routes(spec.namespaces.at(1)), "10.1.0.0/16 10.2.0.0/16 ");
  EXPECT_EQ(routes(spec.namespaces.at(2)), "10.3.0.0/16 ");
  EXPECT_EQ(routes(spec.namespaces.at(3)) + sysctls(spec.namespaces.at(3)), "");
}

TEST(Merge, ListsDeeperDownAppendToo) {
  const Spec spec = fine(R"(
defaults: {namespace: {interfaces: {lo: {addresses: [10.0.0.1/32]}}}}
namespaces: {a: {interfaces: {lo: {+addresses: [10.0.0.2/32]}}}}
)");
  ASSERT_EQ(spec.namespaces.at(0).interfaces.at(0).addresses.size(), 2U);
}

TEST(Merge, MountsMergeByTarget) {
  const Spec spec = fine(R"(
profiles:
  p: {mounts: [/tmp:/a, {type: tmpfs, target: /b}, /tmp:/c:ro]}
namespaces: {n: }
services:
  s: {profile: p, namespace: n, command: x, mounts: [/usr:/b, {type: tmpfs, target: /c}, /etc:/d]}
)");
  std::string result;
  for (const Mount& mount : spec.services.at(0).mounts) result += mount.source.value + ":" + mount.target.value + " ";
  EXPECT_EQ(result, "/tmp:/a /usr:/b :/c /etc:/d ");
}

TEST(Merge, ProfilesMayUseProfiles) {
  const Spec spec = fine(R"(
profiles: {base: {mtu: 1300}, wan: {profile: base}}
namespaces: {a: , b: }
links: [{endpoints: [a:x, b:x], profile: wan}]
)");
  EXPECT_EQ(mtus(spec), "1300 ");
}

TEST(Merge, ReachesEmptyEntries) {
  const Spec spec =
      fine("defaults: {namespace: {forwarding: yes}}\nnamespaces:\n  a:\n  b: {}\n  c: {forwarding: off}\n");
  EXPECT_TRUE(spec.namespaces.at(0).forwarding->value);
  EXPECT_TRUE(spec.namespaces.at(1).forwarding->value);
  EXPECT_FALSE(spec.namespaces.at(2).forwarding->value);
}

TEST(Merge, ErrorsInAProfileShowBothLinesOnce) {
  EXPECT_EQ(messages("profiles:\n  p: {forwarding: perhaps}\nnamespaces:\n  a: {profile: p}\n  b: {profile: [p]}\n"),
            R"(topo.yaml:2:19: error: "forwarding" must be true or false, not "perhaps"
    2 |   p: {forwarding: perhaps}
      |                   ^~~~~~~
topo.yaml:4:16: note: merged here
    4 |   a: {profile: p}
      |                ^
)");
}

TEST(Merge, ReportsWhatItCannotMerge) {
  EXPECT_EQ(messages(R"(profiles: {router: {forwarding: true}, loop: {profile: loop}, wrong: [1]}
defaults: {links: {mtu: 1}}
namespaces:
  a: {profile: ruoter}
  b: {profile: loop}
  c: {+routes: x}
  d: {profile: {x: y}}
  e: {forwarding: true, +forwarding: [1]}
)"),
            R"(topo.yaml:1:56: error: the profiles use each other: loop -> loop
    1 | profiles: {router: {forwarding: true}, loop: {profile: loop}, wrong: [1]}
      |                                                        ^~~~
topo.yaml:1:70: error: the profile "wrong" must be a mapping, not a list
    1 | profiles: {router: {forwarding: true}, loop: {profile: loop}, wrong: [1]}
      |                                                                      ^
topo.yaml:2:12: error: unknown key "links" in "defaults"
    2 | defaults: {links: {mtu: 1}}
      |            ^~~~~ did you mean "link"?
topo.yaml:4:16: error: there is no profile "ruoter"
    4 |   a: {profile: ruoter}
      |                ^~~~~~ did you mean "router"?
topo.yaml:6:16: error: "+routes" appends a list
    6 |   c: {+routes: x}
      |                ^ write a list: [...]
topo.yaml:7:16: error: "profile" must be a profile's name or a list of names
    7 |   d: {profile: {x: y}}
      |                ^
topo.yaml:8:25: error: "+forwarding" appends to a list, but "forwarding" is none
    8 |   e: {forwarding: true, +forwarding: [1]}
      |                         ^~~~~~~~~~~
topo.yaml:8:7: note: what it would append to
    8 |   e: {forwarding: true, +forwarding: [1]}
      |       ^~~~~~~~~~
)");
}

TEST(Merge, HasNoAppendedProfiles) {
  EXPECT_NE(messages("profiles: {p: {}}\nnamespaces: {a: {+profile: [p]}}\n")
                .find("2:18: error: unknown key \"+profile\" in a namespace"),
            std::string::npos);
}

TEST(Merge, CannotFillTheMemory) {
  std::string text = "profiles:\n  p0: {sysctls: {net.a: 1}}\n";
  for (int i = 1; i < 40; ++i) {
    const std::string below = "p" + std::to_string(i - 1);
    text += "  p" + std::to_string(i) + ": {profile: [" + below + ", " + below + "]}\n";
  }
  EXPECT_NE(messages(text + "namespaces: {a: {profile: p39}}\n").find("the profiles make this file too large"),
            std::string::npos);
}

}  // namespace
}  // namespace nsbuild::specs
