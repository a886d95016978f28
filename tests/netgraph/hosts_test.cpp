// /etc/hosts, as each namespace sees it.
#include "netgraph/host_table.hpp"
#include "topology.hpp"

#include <gtest/gtest.h>

namespace nsbuild::netgraph {
namespace {

/// The file without its two localhost lines.
std::string hosts(const std::string& yaml, const std::string& place) {
  const Outcome outcome = topology(yaml);
  EXPECT_EQ(outcome.messages, "");
  for (std::size_t i = 0; i < outcome.graph.places.size(); ++i) {
    if (outcome.graph.places[i].name != place) continue;
    const std::string head = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n";
    const std::string text = hosts_file(outcome.graph, i);
    EXPECT_EQ(text.substr(0, head.size()), head);
    return text.substr(head.size());
  }
  return "no such place";
}

/// What the lab's files say, put together from what they have in common.
std::string hosts_file(const HostTable& table, std::string_view place, const std::vector<specs::ExtraHost>& own = {}) {
  return HostsFiles(table).of(place, own);
}

const char* const routed = R"(
namespaces:
  client:
  router: {interfaces: {lo: {addresses: 10.255.0.1/32}}}
  server: {interfaces: {lo: {addresses: 10.255.0.2/32}}}
links:
  - endpoints: {client:eth0: [10.0.1.2/24, "fd00:1::2/64"], router:eth0: [10.0.1.1/24, "fd00:1::1/64"]}
  - endpoints: {router:eth1: 10.0.2.1/24, server:eth0: [10.0.2.2/24, "fe80::2/64"]}
services:
  web: {namespace: server, command: [sleep, infinity]}
  server: {namespace: server, command: [sleep, infinity], hostname: server.example}
)";

TEST(Hosts, ASharedSegmentComesBeforeLo) {
  EXPECT_EQ(hosts(routed, "client"),
            "10.0.1.2\tclient client.lab\nfd00:1::2\tclient client.lab\n"
            "10.0.1.1\trouter router.lab\nfd00:1::1\trouter router.lab\n"
            "10.255.0.2\tserver server.lab web web.lab server.example server.example.lab\n");
}

TEST(Hosts, OfTheNamespaceItself) {
  EXPECT_EQ(hosts(routed, "server"),
            "10.0.1.2\tclient client.lab\nfd00:1::2\tclient client.lab\n"
            "10.0.2.1\trouter router.lab\nfd00:1::1\trouter router.lab\n"
            "10.0.2.2\tserver server.lab web web.lab server.example server.example.lab\n");
}

TEST(Hosts, ANamespaceWithoutAddressesKnowsItself) {
  EXPECT_EQ(hosts("namespaces: {alone: , other: }\n", "alone"), "127.0.0.1\talone alone.lab\n");
}

TEST(Hosts, AnInterfaceThatIsDownHasNoAddress) {
  EXPECT_EQ(hosts(R"(
namespaces: {a: , b: }
links:
  - endpoints: {a:eth0: 10.0.1.1/24, b:eth0: {addresses: 10.0.1.2/24, up: false}}
  - endpoints: {a:eth1: 10.0.2.1/24, b:eth1: 10.0.2.2/24}
)",
                  "a"),
            "10.0.1.1\ta a.lab\n10.0.2.2\tb b.lab\n");
}

TEST(Hosts, NetworksThatAreJoinedAreOneSegment) {
  EXPECT_EQ(hosts(R"(
namespaces: {a: , b: }
links:
  - endpoints: {a:eth9: 10.9.0.1/24, b:eth9: 10.9.0.2/24}
  - endpoints: [lan, wan]
networks:
  lan: {endpoints: {a:eth0: 10.0.0.1/24}}
  wan: {endpoints: {b:eth0: 10.0.0.2/24, host:v0: 10.0.0.3/24}}
)",
                  "host"),
            "10.0.0.1\ta a.lab\n10.0.0.2\tb b.lab\n10.0.0.3\thost host.lab\n");
}

const char* const with_names = R"(
hosts: {db.example: [192.0.2.5, "2001:db8::5"], server: 192.0.2.9, far: 192.0.2.1}
namespaces:
  client: {hosts: {far: 192.0.2.2, localhost: 127.0.0.9}}
  server:
links:
  - endpoints: {client:eth0: 10.0.1.2/24, server:eth0: 10.0.1.1/24}
)";

TEST(Hosts, TheFilesOwnWordsHoldAndTheNearestFirst) {
  const Outcome outcome = topology(with_names);
  EXPECT_EQ(hosts_file(outcome.graph, 0),
            "::1\tip6-localhost ip6-loopback\n10.0.1.2\tclient client.lab\n10.0.1.1\tserver.lab\n"
            "192.0.2.2\tfar\n127.0.0.9\tlocalhost\n192.0.2.5\tdb.example\n2001:db8::5\tdb.example\n"
            "192.0.2.9\tserver\n");
  const HostTable table = host_table(outcome.graph);
  const std::vector<specs::ExtraHost> own{{{"far", {}}, *IpAddress::parse("192.0.2.3")}};
  EXPECT_NE(hosts_file(table, "client", own).find("192.0.2.3\tfar\n"), std::string::npos);
  EXPECT_EQ(hosts_file(table, "client", own).find("192.0.2.2"), std::string::npos);
}

TEST(Hosts, TheTableSurvivesBeingText) {
  for (const char* yaml : {routed, with_names}) {
    const Outcome outcome = topology(yaml);
    const HostTable table = host_table(outcome.graph);
    const HostTable again = parse_host_table(text_of(table));
    EXPECT_EQ(text_of(again), text_of(table));
    for (const Place& place : outcome.graph.places)
      EXPECT_EQ(hosts_file(again, place.name), hosts_file(table, place.name)) << place.name;
    for (const std::string_view asker : {"client", "router", "server", "a", "b", "nobody", ""})
      EXPECT_EQ(hosts_file_of(text_of(table), asker), hosts_file(table, asker)) << asker;
  }
  for (const char* text :
       {"place localhost\n", "place b\nplace a a\ninterface lo 10.0.0.1", "nonsense\nplace\nname x y z"})
    for (const std::string_view asker : {"localhost", "a", "b"})
      EXPECT_EQ(hosts_file_of(text, asker), hosts_file(parse_host_table(text), asker)) << text;
  EXPECT_TRUE(says_hosts("place a a\nname x 10.0.0.1\n", "a"));
  EXPECT_TRUE(says_hosts("place a a\nname x 10.0.0.1 a\n", "a"));
  EXPECT_FALSE(says_hosts("place a a\nplace b b\nname x 10.0.0.1 b\n", "a"));
  EXPECT_EQ(hosts_file(parse_host_table("nonsense\nplace\nname x y z\n\xff"), "client"),
            "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n");
}

// Two networks and a chain between them: each place shares a segment with some and none with most.
TEST(Hosts, OfALargeLabAreWhatEachPlaceWouldFindByItself) {
  std::string yaml = R"(
hosts: {r3: 192.0.2.9, "r4.lab": 192.0.2.8}
namespaces:
  "r[1-9]": {interfaces: {lo: {addresses: "10.255.0.[1-9]/32"}}}
  "h[1-20]": {}
  alone: {hosts: {h7: 192.0.2.7}}
networks:
  left: {subnet: 10.1.0.0/24, endpoints: ["h[1-10]", r1]}
  right: {subnet: "fd00:2::/64", endpoints: ["h[11-20]", r9]}
links:
)";
  for (int i = 1; i < 9; ++i) {
    const std::string a = std::to_string(i), b = std::to_string(i + 1);
    yaml += "  - {endpoints: [\"r" + a + ":right\", \"r" + b + ":left\"], subnet: 10.2." + a + ".0/30}\n";
  }
  const Outcome outcome = topology(yaml);
  ASSERT_GE(outcome.graph.places.size(), 30U) << outcome.messages;
  const HostTable table = host_table(outcome.graph);
  const HostsFiles files(table);
  for (const Place& place : outcome.graph.places)
    EXPECT_EQ(files.of(place.name), hosts_file_of(text_of(table), place.name)) << place.name;
}

TEST(Resolver, IsTextForResolvConf) {
  const Outcome outcome =
      topology("namespaces:\n  a: {dns: {servers: [10.0.0.53, \"fd00::53\"], search: [lab.example, example]}}\n  b:\n");
  EXPECT_EQ(outcome.graph.places.at(0).resolv_conf,
            "search lab.example example\nnameserver 10.0.0.53\nnameserver fd00::53\n");
  EXPECT_EQ(outcome.graph.places.at(1).resolv_conf, "");
}

}  // namespace
}  // namespace nsbuild::netgraph
