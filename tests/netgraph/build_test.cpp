// What a topology means: ends, names, MTUs, routes, rules, sysctls and services, each as the text of the whole graph.
#include "netgraph/names.hpp"
#include "topology.hpp"

#include <set>

#include <gmock/gmock.h>

namespace nsbuild::netgraph {
namespace {

using testing::HasSubstr;

TEST(Build, ALinkIsAVethBetweenTwoNamespaces) {
  EXPECT_EQ(built(R"(
namespaces: {client: {routes: [default via 10.0.1.1]}, server: }
links:
  - endpoints: {client:eth0: 10.0.1.2/24, server:wan: {addresses: [10.0.1.1/24, "fd00::1/64"], mac: "02:00:00:00:00:01"}}
    mtu: 1400
)"),
            R"(client
  eth0 10.0.1.2/24 mtu 1400
  route 0.0.0.0/0 via 10.0.1.1 dev eth0
server
  wan 10.0.1.1/24 fd00::1/64 mac 02:00:00:00:00:01 mtu 1400
link client:eth0 -- server:wan
)");
}

TEST(Build, ANetworkIsABridgeWithAPortForEachEnd) {
  EXPECT_EQ(built(R"(
namespaces: {h1: , second-host: }
networks:
  lan: {subnet: 10.1.0.0/24, mtu: 9000, endpoints: {h1: , second-host:lan0: {mtu: 8000}}}
)"),
            R"(h1
  eth0 10.1.0.1/24* mtu 9000
second-host
  lan0 10.1.0.2/24* mtu 8000
@switch
  h1.eth0 mtu 9000 in lan
  second~em7d82py (second-host.lan0) mtu 9000 in lan
network lan 10.1.0.0/24 mtu 9000
link h1:eth0 -- @switch:h1.eth0
link second-host:lan0 -- @switch:second~em7d82py
)");
}

TEST(Build, ALinkIntoANetworkTakesWhatItDoesNotSayFromThere) {
  EXPECT_EQ(built(R"(
namespaces: {h1: , h2: }
links:
  - endpoints: [h1:lan0, lan]
  - {endpoints: [lan, h2], mtu: 1300}
networks:
  lan: {subnet: 10.1.0.0/24, mtu: 1400}
)"),
            R"(h1
  lan0 10.1.0.1/24* mtu 1400
h2
  eth0 10.1.0.2/24* mtu 1300
@switch
  h1.lan0 mtu 1400 in lan
  h2.eth0 mtu 1300 in lan
network lan 10.1.0.0/24 mtu 1400
link h1:lan0 -- @switch:h1.lan0
link @switch:h2.eth0 -- h2:eth0
)");
}

TEST(Build, ALinkBetweenNetworksJoinsTheirBridges) {
  EXPECT_EQ(built(R"(
namespaces: {h1: }
networks: {lan: , wan: }
links: [{endpoints: [lan, wan]}]
)"),
            R"(h1
@switch
  lan.wan in lan
  wan.lan in wan
network lan
network wan
link @switch:lan.wan -- @switch:wan.lan
)");
}

TEST(Build, EndsWithoutInterfaceGetTheNextFreeEth) {
  EXPECT_EQ(built(R"(
namespaces: {r: , a: , b: , c: }
links:
  - endpoints: [r, a]
  - endpoints: [r, b]
  - endpoints: [r:eth1, c]
networks: {lan: {endpoints: [r, a]}}
)"),
            R"(r
  eth0
  eth2
  eth1
  eth3
a
  eth0
  eth1
b
  eth0
c
  eth0
@switch
  r.eth3 in lan
  a.eth1 in lan
network lan
link r:eth0 -- a:eth0
link r:eth2 -- b:eth0
link r:eth1 -- c:eth0
link r:eth3 -- @switch:r.eth3
link a:eth1 -- @switch:a.eth1
)");
}

TEST(Build, EndsAreCountedInTheOrderOfTheFile) {
  const std::string text = built(R"(
networks: {lan: {subnet: 10.0.0.0/24, endpoints: [r, a]}}
namespaces: {r: , a: , b: }
links: [{endpoints: [b, r], subnet: 10.0.1.0/24}, {endpoints: [b, lan]}]
)");
  EXPECT_THAT(text, HasSubstr("r\n  eth0 10.0.0.1/24*\n  eth1 10.0.1.2/24*"));
  EXPECT_THAT(text, HasSubstr("b\n  eth0 10.0.1.1/24*\n  eth1 10.0.0.3/24*"));
}

TEST(Build, TheHostIsThereWhenItIsUsed) {
  EXPECT_EQ(built(R"(
namespaces: {host: {routes: [10.9.0.0/16 via 172.16.0.2]}, web: }
links: [{endpoints: {host:to-web: 172.16.0.1/30, web:eth0: 172.16.0.2/30}}]
)"),
            R"(web
  eth0 172.16.0.2/30
host
  to-web 172.16.0.1/30
  route 10.9.0.0/16 via 172.16.0.2 dev to-web
link host:to-web -- web:eth0
)");
}

TEST(Build, LoAndInterfacesThatAreKeptDown) {
  EXPECT_EQ(built(R"(
namespaces: {r: {interfaces: {lo: {addresses: [10.255.0.1/32, "fd00::1/128"]}}}, a: }
links: [{endpoints: {r:eth0: {up: false}, a:eth0: }}]
)"),
            R"(r
  lo 10.255.0.1/32 fd00::1/128
  eth0 down
a
  eth0
link r:eth0 -- a:eth0
)");
}

const std::string two_links = R"(
  a:
  b:
links:
  - endpoints: {r:eth0: [10.0.1.1/24, "fd00:1::1/64"], a:eth0: [10.0.1.2/24, "fd00:1::2/64"]}
  - endpoints: {r:eth1: [10.0.2.1/24, "fd00:2::1/64"], b:eth0: [10.0.2.2/24, "fd00:2::2/64"]}
)";

std::string routes(const std::string& list) {
  const std::string text = built("namespaces:\n  r:\n    routes:\n" + list + two_links);
  std::string found;
  for (std::size_t start = 0; (start = text.find("  route ", start)) != std::string::npos;) {
    const std::size_t end = text.find('\n', start);
    found += text.substr(start + 8, end - start - 7);
    start = end;
  }
  return found.empty() ? text : found;
}

TEST(Routes, GatewaysGetTheirDevice) {
  EXPECT_EQ(routes("      - default via 10.0.2.2\n      - default via fd00:1::2\n"),
            "0.0.0.0/0 via 10.0.2.2 dev eth1\n::/0 via fd00:1::2 dev eth0 metric 1024\n");
}

TEST(Routes, MultipathIsSortedAndKeepsItsWeights) {
  EXPECT_EQ(routes("      - {to: 10.9.0.0/16, via: [10.0.2.2, {via: 10.0.1.2, weight: 3}], metric: 50, table: 100}\n"),
            "10.9.0.0/16 nexthop via 10.0.1.2 dev eth0 weight 3 nexthop via 10.0.2.2 dev eth1 weight 1 metric 50 table "
            "100\n");
}

TEST(Routes, OneNextHopHasNoWeight) {
  EXPECT_EQ(routes("      - {to: 10.9.0.0/16, via: [{via: 10.0.1.2, weight: 3}]}\n"),
            "10.9.0.0/16 via 10.0.1.2 dev eth0\n");
}

TEST(Routes, TypesSourcesAndDevices) {
  EXPECT_EQ(
      routes("      - blackhole 10.8.0.0/16\n      - prohibit fd08::/64\n      - 10.9.0.0/16 dev eth0 src 10.0.2.1\n"
             "      - default via fe80::1 dev eth1\n"),
      "10.8.0.0/16 blackhole\nfd08::/64 prohibit metric 1024\n10.9.0.0/16 dev eth0 src 10.0.2.1\n"
      "::/0 via fe80::1 dev eth1 metric 1024\n");
}

TEST(Routes, ADeviceRouteMakesItsDestinationAGateway) {
  EXPECT_EQ(built(R"(
namespaces: {r: {routes: [default via 192.0.2.1, 192.0.2.1 dev eth0]}, b: }
links: [{endpoints: {r:eth0: 10.9.9.9/32, b:eth0: 192.0.2.1/32}}]
)"),
            R"(r
  eth0 10.9.9.9/32
  route 0.0.0.0/0 via 192.0.2.1 dev eth0 onlink
  route 192.0.2.1/32 dev eth0
b
  eth0 192.0.2.1/32
link r:eth0 -- b:eth0
)");
}

TEST(Routes, TheLongestPrefixDecidesBetweenInterfaces) {
  EXPECT_THAT(topology(R"(
namespaces: {r: {routes: [default via 10.0.1.9]}, a: , b: }
links:
  - endpoints: {r:wide: 10.0.0.1/16, a:eth0: 10.0.1.9/16}
  - endpoints: {r:narrow: 10.0.1.1/24, b:eth0: 10.0.1.9/24}
)")
                  .graph.places[0]
                  .routes[0]
                  .nexthops[0]
                  .dev,
              "narrow");
}

TEST(Rules, GetPrioritiesAndLoseEmptySelectors) {
  EXPECT_EQ(built(R"(
namespaces:
  r:
    rules:
      - {from: 10.0.1.0/24, table: 100}
      - {to: "fd00::/8", iif: lo, mark: 0x10, table: 7, priority: 50}
      - {from: 0.0.0.0/0, table: 5}
      - {type: prohibit, family: ipv6}
)"),
            R"(r
  rule 32000 from 10.0.1.0/24 table 100
  rule 50 ipv6 to fd00::/8 iif lo mark 16 table 7
  rule 32002 table 5
  rule 32003 ipv6 drop
)");
}

TEST(Sysctls, AreNormalisedAndOrderedForWriting) {
  EXPECT_EQ(built(R"(
namespaces:
  r:
    sysctls:
      net/ipv4/conf/eth0.5/rp_filter: 0
      net.ipv6.conf.eth0/5.accept_ra: 0
      net.ipv4.conf.default.rp_filter: 2
      net.ipv4.conf.all.rp_filter: 2
      net.ipv4.tcp_syncookies: 0
    forwarding: true
  a:
links: [{endpoints: [r:eth0.5, a:eth0]}]
)"),
            R"(r
  eth0.5
  sysctl net.ipv4.ip_forward = 1
  sysctl net.ipv6.conf.all.forwarding = 1
  sysctl net.ipv4.tcp_syncookies = 0
  sysctl net.ipv4.conf.all.rp_filter = 2
  sysctl net.ipv4.conf.default.rp_filter = 2
  sysctl net.ipv4.conf.eth0/5.rp_filter = 0
  sysctl net.ipv6.conf.eth0/5.accept_ra = 0
a
  eth0
link r:eth0.5 -- a:eth0
)");
}

TEST(Sysctls, ForwardingAndTheSameValueAgree) {
  EXPECT_EQ(built("namespaces: {r: {forwarding: true, sysctls: {net.ipv4.ip_forward: 1}}}\n"),
            "r\n  sysctl net.ipv4.ip_forward = 1\n  sysctl net.ipv6.conf.all.forwarding = 1\n");
}

TEST(Services, AreCalledAfterThemselves) {
  EXPECT_EQ(built(R"(
namespaces: {s: }
services:
  web: {namespace: s, command: [sleep, infinity]}
  db: {namespace: s, command: sleep infinity, hostname: db.example}
)"),
            "s\nservice web in s as web\nservice db in s as db.example\n");
}

TEST(Names, MacsAreStableLocalAndUnicast) {
  EXPECT_EQ(derive_mac("client", "eth0").text(), "02:41:3c:97:c7:f3");
  std::set<MacAddress> seen;
  for (int i = 0; i < 10000; ++i) {
    const MacAddress mac = derive_mac("h" + std::to_string(i), "eth0");
    EXPECT_EQ(mac.bytes[0], 0x02);
    EXPECT_TRUE(seen.insert(mac).second) << i;
  }
  EXPECT_NE(derive_mac("a", "bc"), derive_mac("ab", "c"));
}

TEST(Names, OnTheHostTheLabCounts) {
  const std::string links = "namespaces: {a: }\nlinks: [{endpoints: [host:v0, a:eth0]}]\n";
  const NetGraph lab = topology(links).graph;
  EXPECT_EQ(lab.interfaces[0].name, "v0");
  EXPECT_EQ(lab.interfaces[0].derived_mac, derive_mac("host.lab", "v0"));
  EXPECT_EQ(lab.interfaces[1].derived_mac, derive_mac("a", "eth0"));
}

TEST(Names, ShortenedPortsFitAndDiffer) {
  std::set<std::string> seen;
  for (int i = 0; i < 10000; ++i) {
    const std::string name = shortened_port("a-long-namespace-" + std::to_string(i) + ".eth0", 0);
    EXPECT_EQ(name.size(), max_interface_name);
    EXPECT_TRUE(seen.insert(name).second) << i;
  }
  EXPECT_EQ(shortened_port("ab.a-long-interface", 0).substr(0, 3), "ab~");
  EXPECT_NE(shortened_port("same.name", 0), shortened_port("same.name", 1));
}

}  // namespace
}  // namespace nsbuild::netgraph
