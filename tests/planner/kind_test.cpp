// The check that no kind of resource forgets a verb, on one that has forgotten all of them.
#include "planner/state.hpp"

#include <gtest/gtest.h>

namespace nsbuild::planner {
namespace {

struct Forgetful {};

static_assert(!HasKind<Forgetful> && HasKind<Route>);
static_assert(!HasFields<Forgetful> && HasFields<Route>);
static_assert(!HasReversible<Forgetful> && HasReversible<Route>);
static_assert(!HasIdentity<Forgetful> && HasIdentity<Route>);
static_assert(!HasNeeds<Forgetful> && HasNeeds<Route>);
static_assert(!HasOwners<Forgetful> && HasOwners<Route>);
static_assert(!HasClaims<Forgetful> && HasClaims<Route>);
static_assert(!HasPhase<Forgetful> && HasPhase<Route>);
static_assert(!HasDesire<Forgetful> && HasDesire<Route>);
static_assert(!HasShell<Forgetful> && HasShell<Route>);

TEST(Names, AreThoseThatUsersSay) {
  Route table100{.place = "client", .table = 100, .to = *IpPrefix::parse("10.0.0.0/8"), .metric = 7};
  EXPECT_EQ(name(key(Namespace{.name = "client"})), "namespace client");
  EXPECT_EQ(name(key(Sysctl{.place = "r", .key = "net.ipv4.ip_forward"})), "sysctl r net.ipv4.ip_forward");
  EXPECT_EQ(name(key(Bridge{.place = "@switch", .name = "lan"})), "bridge @switch:lan");
  EXPECT_EQ(name(key(Route{.place = "client"})), "route client default");
  EXPECT_EQ(name(key(Route{.place = "client", .to = *IpPrefix::parse("::/0"), .metric = 1024})), "route client ::/0");
  EXPECT_EQ(name(key(table100)), "route client 10.0.0.0/8 table 100 metric 7");
  EXPECT_EQ(name(key(Hosts{.place = "a"})), "hosts a");
  EXPECT_EQ(name(key(Service{.name = "web", .place = "a"})), "service web");
  EXPECT_EQ(name(interface_key("a", "eth0")), "interface a:eth0");
}

TEST(Names, OfAVethAreTheSameFromBothSides) {
  const VethEnd one{.place = "a", .name = "eth1"}, other{.place = "a", .name = "eth0"};
  EXPECT_EQ(name(key(Veth{.a = one, .b = other})), "veth a:eth0 -- a:eth1");
  EXPECT_EQ(key(Veth{.a = one, .b = other}), key(Veth{.a = other, .b = one}));
  State state;
  put(state, Veth{.a = one, .b = other});
  EXPECT_EQ(std::get<Veth>(state.begin()->second).a.name, "eth0");
}

TEST(Sysctls, KnowTheirInterface) {
  auto interface = [](const std::string& key) { return Sysctl{.place = "a", .key = key}.interface(); };
  EXPECT_EQ(interface("net.ipv4.conf.eth0.rp_filter"), "eth0");
  EXPECT_EQ(interface("net.ipv6.neigh.eth0/100.retrans_time"), "eth0.100");
  EXPECT_EQ(interface("net.ipv4.conf.all.rp_filter"), "");
  EXPECT_EQ(interface("net.ipv4.ip_forward"), "");
}

}  // namespace
}  // namespace nsbuild::planner
