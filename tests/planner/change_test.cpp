// What a change of the file, or of the machine, comes to: YAML in, plan text out.
#include "planner/plan.hpp"
#include "tests/planner/lab_file.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nsbuild::planner {
namespace {

/// A small lab with one thing to vary.
struct Lab {
  std::string client = "routes: [default via 10.0.1.1]";
  std::string router = "forwarding: true";
  std::string ends = "client:eth0: 10.0.1.2/24, router:eth0: 10.0.1.1/24";
  std::string link = "";
  std::string more = "";
  std::string service = "command: [sleep, \"1\"]";

  std::string yaml() const {
    return "namespaces:\n  client: {" + client + "}\n  router: {" + router + "}\n  other: \nlinks:\n  - endpoints: {" +
           ends + "}\n" + link + more + "services:\n  web:\n    namespace: client\n    " + service + "\n";
  }
};

std::string changes(const Lab& before, const Lab& after) { return planner::changes(before.yaml(), after.yaml()); }

TEST(Change, NothingWhenNothingDiffers) { EXPECT_EQ(changes(Lab{}, Lab{}), "no changes\n"); }

TEST(Change, OfAnMtuIsOneStep) {
  EXPECT_EQ(changes({.link = "    mtu: 1500\n"}, {.link = "    mtu: 1400\n"}),
            "~ veth client:eth0 -- router:eth0: client:eth0 mtu 1500 -> 1400, router:eth0 mtu 1500 -> 1400\n"
            "plan: 0 to add, 1 to change, 0 to remove\n");
}

TEST(Change, OfAMacIsOneStep) {
  const Lab after{.ends =
                      "client:eth0: {addresses: [10.0.1.2/24], mac: \"02:00:00:00:00:09\"}, router:eth0: 10.0.1.1/24"};
  const State before = made(wish_of(Lab{}.yaml()));
  const Plan steps = plan(before, wish_of(after.yaml()));
  ASSERT_EQ(steps.steps.size(), 1U);
  EXPECT_EQ(steps.steps[0].verb(), Verb::change);
  EXPECT_TRUE(steps.steps[0].reasons.at(0).ends_with(" -> 02:00:00:00:00:09"));
}

TEST(Change, AnAttributeThatTheFileNoLongerNamesIsLeftAlone) {
  EXPECT_EQ(changes({.link = "    mtu: 1400\n"}, {}), "no changes\n");
}

TEST(Change, OfTheFirstAddressOfASubnetPutsTheOthersBehindTheNewOne) {
  const auto ends = [](const std::string& addresses) {
    return Lab{.ends = "client:eth0: [" + addresses + "], router:eth0: 10.0.1.1/24"};
  };
  EXPECT_EQ(changes(ends("10.0.1.2/24, 10.0.1.3/24, 10.7.0.1/24"), ends("10.0.1.9/24, 10.0.1.3/24, 10.7.0.1/24")),
            "- address client:eth0 10.0.1.3/24 (replaced: comes behind address client:eth0 10.0.1.9/24)\n"
            "+ address client:eth0 10.0.1.9/24\n"
            "+ address client:eth0 10.0.1.3/24 (replaced: comes behind address client:eth0 10.0.1.9/24)\n"
            "~ hosts client: content changed\n"
            "- address client:eth0 10.0.1.2/24\n"
            "plan: 2 to add, 1 to change, 2 to remove\n");
  EXPECT_EQ(changes(ends("10.0.1.2/24, 10.0.1.3/24"), ends("10.0.1.2/24, 10.0.1.9/24")),
            "+ address client:eth0 10.0.1.9/24\n"
            "- address client:eth0 10.0.1.3/24\n"
            "plan: 1 to add, 0 to change, 1 to remove\n");
}

TEST(Change, OfTheOrderOfAddressesMakesAnewWhatComesToStandBehind) {
  const auto ends = [](const std::string& addresses) {
    return Lab{.ends = "client:eth0: [" + addresses + "], router:eth0: 10.0.1.1/24"};
  };
  const std::string text = changes(ends("10.0.1.2/24, 10.0.1.3/24, 10.0.1.4/24, 10.7.0.1/24"),
                                   ends("10.0.1.3/24, 10.7.0.1/24, 10.0.1.2/24, 10.0.1.4/24"));
  EXPECT_EQ(text,
            "- address client:eth0 10.0.1.2/24 (replaced: comes behind address client:eth0 10.0.1.3/24)\n"
            "- address client:eth0 10.0.1.4/24 (replaced: comes behind address client:eth0 10.0.1.2/24)\n"
            "+ address client:eth0 10.0.1.2/24 (replaced: comes behind address client:eth0 10.0.1.3/24)\n"
            "+ address client:eth0 10.0.1.4/24 (replaced: comes behind address client:eth0 10.0.1.2/24)\n"
            "~ hosts client: content changed\n"
            "plan: 2 to add, 1 to change, 2 to remove\n");
}

TEST(Change, OfTheOrderOfSubnetsIsNone) {
  const auto addresses = [](const std::string& all) {
    return wish_of(Lab{.ends = "client:eth0: [" + all + "], router:eth0: 10.0.1.1/24"}.yaml());
  };
  const Plan steps = plan(made(addresses("10.0.1.2/24, 10.7.0.1/24")), addresses("10.7.0.1/24, 10.0.1.2/24"));
  EXPECT_TRUE(std::none_of(steps.steps.begin(), steps.steps.end(),
                           [](const Step& step) { return step.key().kind == kind_index<Address>; }));
}

TEST(Change, OfARouteIsOneStep) {
  EXPECT_EQ(changes({.client = "routes: [{to: 10.9.0.0/16, via: 10.0.1.1}]"},
                    {.client = "routes: [{to: 10.9.0.0/16, via: 10.0.1.3}]"}),
            "~ route client 10.9.0.0/16: nexthops via 10.0.1.1 dev eth0 -> via 10.0.1.3 dev eth0\n"
            "plan: 0 to add, 1 to change, 0 to remove\n");
}

TEST(Change, OfARoutesSourceIsOneStepAlsoWhenItIsTakenBack) {
  const Lab with{.client = "routes: [{to: 10.9.0.0/16, via: 10.0.1.1, from: 10.0.1.2}]"};
  const Lab without{.client = "routes: [{to: 10.9.0.0/16, via: 10.0.1.1}]"};
  EXPECT_EQ(changes(without, with),
            "~ route client 10.9.0.0/16: source none -> 10.0.1.2\n"
            "plan: 0 to add, 1 to change, 0 to remove\n");
  EXPECT_EQ(changes(with, without),
            "~ route client 10.9.0.0/16: source 10.0.1.2 -> none\n"
            "plan: 0 to add, 1 to change, 0 to remove\n");
}

TEST(Change, OfASysctlIsOneStep) {
  EXPECT_EQ(changes({.router = "sysctls: {net.ipv4.conf.all.rp_filter: 1}"},
                    {.router = "sysctls: {net.ipv4.conf.all.rp_filter: 2}"}),
            "~ sysctl router net.ipv4.conf.all.rp_filter: value 1 -> 2\n"
            "plan: 0 to add, 1 to change, 0 to remove\n");
}

TEST(Change, OfASysctlsWhiteSpaceIsNone) {
  EXPECT_EQ(changes({.router = "sysctls: {net.ipv4.ping_group_range: \"0 100\"}"},
                    {.router = "sysctls: {net.ipv4.ping_group_range: \"0\\t100\"}"}),
            "no changes\n");
}

TEST(Change, OfAnAddressComesBeforeTheOldOneGoesSoThatNoRouteIsFlushed) {
  EXPECT_EQ(changes({.client = ""}, {.client = "", .ends = "client:eth0: 10.0.1.7/24, router:eth0: 10.0.1.1/24"}),
            "+ address client:eth0 10.0.1.7/24\n"
            "~ hosts client: content changed\n"
            "- address client:eth0 10.0.1.2/24\n"
            "plan: 1 to add, 1 to change, 1 to remove\n");
}

TEST(Change, OfAnIpv6LengthRemovesFirstBecauseTheInterfaceHoldsAnAddressOnce) {
  EXPECT_EQ(changes({.client = "", .ends = "client:eth0: \"fd00::2/64\", router:eth0: \"fd00::1/64\""},
                    {.client = "", .ends = "client:eth0: \"fd00::2/48\", router:eth0: \"fd00::1/64\""}),
            "- address client:eth0 fd00::2/64 (client:eth0 fd00::2 moves to address client:eth0 fd00::2/48)\n"
            "+ address client:eth0 fd00::2/48\n"
            "plan: 1 to add, 0 to change, 1 to remove\n");
}

TEST(Change, RemovingALinkRemovesOnlyIt) {
  const Lab with{.more = "  - endpoints: {router:eth1: 10.0.2.1/24, other:eth0: 10.0.2.2/24}\n"};
  EXPECT_EQ(changes(with, {}),
            "~ hosts client: content changed\n"
            "- veth other:eth0 -- router:eth1; takes with it address other:eth0 10.0.2.2/24, address router:eth1 "
            "10.0.2.1/24\n"
            "plan: 0 to add, 1 to change, 1 to remove\n");
}

TEST(Change, OfACommandRestartsOnlyThatService) {
  EXPECT_EQ(changes({}, {.service = "command: [sleep, \"2\"]"}),
            "~ service web: command sleep 1 -> sleep 2\n"
            "plan: 0 to add, 1 to change, 0 to remove\n");
}

TEST(Change, OfAFileReplacesTheServiceAndNamesTheFile) {
  const std::string service = "command: x\n    files: ";
  EXPECT_EQ(changes({.service = service + "{/etc/motd: {content: a}, /etc/b: {content: b}}"},
                    {.service = service + "{/etc/motd: {content: c}, /etc/c: {content: c}}"}),
            "- service web (replaced: files: /etc/motd changed, /etc/b removed, /etc/c added)\n"
            "+ service web: place client, hostname web, files /etc/motd /etc/c, command /bin/sh -c x (replaced: files: "
            "/etc/motd changed, /etc/b removed, /etc/c added)\n"
            "plan: 1 to add, 0 to change, 1 to remove\n");
}

TEST(Change, OfTheEnvironmentNamesTheVariables) {
  EXPECT_EQ(changes({}, {.service = "command: [sleep, \"1\"]\n    environment: {LANG: C, X: \"1\"}"}),
            "~ service web: environment: LANG changed, X added\n"
            "plan: 0 to add, 1 to change, 0 to remove\n");
}

TEST(Change, AnInterfaceNameThatMovesToAnotherPairIsFreedFirstAndWhatStoodOnItIsMadeAgain) {
  EXPECT_EQ(changes({.router = ""}, {.router = "", .ends = "client:eth0: 10.0.1.2/24, other:eth0: 10.0.1.1/24"}),
            "- veth client:eth0 -- router:eth0 (client:eth0 moves to veth client:eth0 -- other:eth0); takes with it "
            "address client:eth0 10.0.1.2/24, address router:eth0 10.0.1.1/24, route client default\n"
            "+ veth client:eth0 -- other:eth0\n"
            "+ address client:eth0 10.0.1.2/24 (went with veth client:eth0 -- router:eth0)\n"
            "+ address other:eth0 10.0.1.1/24\n"
            "+ route client default: nexthops via 10.0.1.1 dev eth0 (went with veth client:eth0 -- router:eth0)\n"
            "~ hosts client: content changed\n"
            "plan: 4 to add, 1 to change, 1 to remove\n");
}

TEST(Change, WhatIsNotOursButAskedForIsAdopted) {
  State seen = made(wish_of(Lab{}.yaml()));
  for (auto& [key, resource] : seen) {
    if (auto* address = std::get_if<Address>(&resource)) address->owned = address->place != "client";
    if (auto* veth = std::get_if<Veth>(&resource)) veth->a.owned = false;
  }
  EXPECT_EQ(text(plan(seen, wish_of(Lab{}.yaml())), false),
            "~ veth client:eth0 -- router:eth0: client:eth0 adopt\n"
            "~ address client:eth0 10.0.1.2/24: adopt\n"
            "plan: 0 to add, 2 to change, 0 to remove\n");
}

TEST(Change, AnInterfaceThatSomebodySetDownComesUpAndItsRoutesComeBack) {
  State seen = made(wish_of(Lab{}.yaml()));
  for (auto& [key, resource] : seen)
    if (auto* veth = std::get_if<Veth>(&resource)) veth->a.up = false;
  std::erase_if(seen, [](const auto& entry) { return std::holds_alternative<Route>(entry.second); });
  EXPECT_EQ(text(plan(seen, wish_of(Lab{}.yaml())), false),
            "~ veth client:eth0 -- router:eth0: client:eth0 up no -> yes\n"
            "+ route client default: nexthops via 10.0.1.1 dev eth0\n"
            "plan: 1 to add, 1 to change, 0 to remove\n");
}

TEST(Change, AServiceThatHasEndedIsSaidHow) {
  State seen = made(wish_of(Lab{}.yaml()));
  auto& service = std::get<Service>(seen.rbegin()->second);
  service.state = RunState::exited;
  service.exit = "exit code 1";
  EXPECT_EQ(text(plan(seen, wish_of(Lab{}.yaml())), false),
            "~ service web: state exited (exit code 1) -> running\n"
            "plan: 0 to add, 1 to change, 0 to remove\n");
}

TEST(Change, AnMtuBelowIpv6sMinimumTakesItAndAHigherOneBringsItBack) {
  const Lab low{
      .client = "", .ends = "client:eth0: \"10.0.1.2/24\", router:eth0: \"10.0.1.1/24\"", .link = "    mtu: 1200\n"};
  const Lab high{.client = "",
                 .ends = "client:eth0: [10.0.1.2/24, \"fd00::2/64\"], router:eth0: 10.0.1.1/24",
                 .link = "    mtu: 1300\n"};
  EXPECT_EQ(changes(high, low),
            "~ veth client:eth0 -- router:eth0: client:eth0 mtu 1300 -> 1200, router:eth0 mtu 1300 -> 1200; takes with "
            "it address client:eth0 fd00::2/64\n"
            "~ hosts client: content changed\n"
            "plan: 0 to add, 2 to change, 0 to remove\n");
  EXPECT_EQ(changes(low, high),
            "~ veth client:eth0 -- router:eth0: client:eth0 mtu 1200 -> 1300, router:eth0 mtu 1200 -> 1300\n"
            "+ address client:eth0 fd00::2/64\n"
            "~ hosts client: content changed\n"
            "plan: 1 to add, 2 to change, 0 to remove\n");
}

TEST(Change, SwitchingIpv6OffTakesItsAddressesAlong) {
  const Lab on{.client = "", .ends = "client:eth0: [10.0.1.2/24, \"fd00::2/64\"], router:eth0: 10.0.1.1/24"};
  const Lab off{.client = "sysctls: {net.ipv6.conf.all.disable_ipv6: 1}"};
  State seen = made(wish_of(on.yaml()));
  put(seen, Sysctl{.place = "client", .key = "net.ipv6.conf.all.disable_ipv6", .value = "0"});
  EXPECT_EQ(text(plan(seen, wish_of(off.yaml())), false),
            "~ sysctl client net.ipv6.conf.all.disable_ipv6: value 0 -> 1; takes with it address client:eth0 "
            "fd00::2/64\n"
            "~ hosts client: content changed\n"
            "plan: 0 to add, 2 to change, 0 to remove\n");
}

TEST(Change, AddressesAreMadeInTheOrderOfTheFile) {
  Lab several;
  several.ends = "client:eth0: [10.0.1.20/24, 10.0.1.3/24, 10.0.1.100/24], router:eth0: 10.0.1.1/24";
  std::string order;
  for (const Step& step : plan({}, wish_of(several.yaml())).steps)
    if (const auto* address = std::get_if<Address>(&*step.after); address != nullptr && address->place == "client")
      order += address->prefix.text() + " ";
  EXPECT_EQ(order, "10.0.1.20/24 10.0.1.3/24 10.0.1.100/24 ");
}

TEST(Change, OfALongCommandShowsItsEnds) {
  const auto with = [](const std::string& words) { return Lab{.service = "command: [sh, -c, \"" + words + "\"]"}; };
  const std::string filler(200, 'x');
  EXPECT_EQ(changes(with(filler + " one"), with(filler + " two")),
            "~ service web: command sh -c '" + std::string(48, 'x') + " … " + std::string(15, 'x') +
                " one' -> sh -c '" + std::string(48, 'x') + " … " + std::string(15, 'x') + " two'\n" +
                "plan: 0 to add, 1 to change, 0 to remove\n");
  EXPECT_THAT(changes(Lab{.service = "command: [\"a\\nb\"]"}, with(filler)), testing::HasSubstr("command 'a b' -> sh"));
}

TEST(Change, ColourOnlyWhenAsked) {
  const Plan steps = plan({}, wish_of("namespaces: {a: }"));
  EXPECT_EQ(text(steps, false), "+ namespace a\nplan: 1 to add, 0 to change, 0 to remove\n");
  EXPECT_EQ(text(steps, true), "\033[32m+\033[0m namespace a\nplan: 1 to add, 0 to change, 0 to remove\n");
}

}  // namespace
}  // namespace nsbuild::planner
