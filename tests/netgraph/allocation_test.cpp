// Addresses from subnets: who gets which, and that what a lab has does not move when something is appended.
#include "topology.hpp"

#include <map>
#include <random>
#include <set>

#include <gmock/gmock.h>

namespace nsbuild::netgraph {
namespace {

using testing::HasSubstr;

/// The addresses of every interface in namespaces, by `namespace:interface`.
std::map<std::string, std::vector<IpPrefix>> addresses(const NetGraph& graph) {
  std::map<std::string, std::vector<IpPrefix>> found;
  for (const Interface& interface : graph.interfaces) {
    if (interface.network) continue;
    auto& list = found[graph.places[interface.place].name + ":" + interface.name];
    for (const Address& address : interface.addresses) list.push_back(address.prefix);
  }
  return found;
}

std::string link(const std::string& subnet, const std::string& endpoints = "[a, b]") {
  const std::string text =
      built("namespaces: {a: , b: }\nlinks: [{endpoints: " + endpoints + ", subnet: " + subnet + "}]\n");
  return text.substr(0, text.find("link "));
}

TEST(Allocation, TheFirstEndGetsTheFirstHostAddress) {
  EXPECT_EQ(link("10.0.3.0/30"), "a\n  eth0 10.0.3.1/30*\nb\n  eth0 10.0.3.2/30*\n");
  EXPECT_EQ(link("\"fd00::/64\""), "a\n  eth0 fd00::1/64*\nb\n  eth0 fd00::2/64*\n");
}

TEST(Allocation, PointToPointSubnetsUseBothAddresses) {
  EXPECT_EQ(link("10.0.3.4/31"), "a\n  eth0 10.0.3.4/31*\nb\n  eth0 10.0.3.5/31*\n");
  EXPECT_EQ(link("\"fd00::/127\""), "a\n  eth0 fd00::/127*\nb\n  eth0 fd00::1/127*\n");
}

TEST(Allocation, OneOfEachFamily) {
  EXPECT_EQ(link("[10.0.3.0/30, \"fd00::/64\"]"),
            "a\n  eth0 10.0.3.1/30* fd00::1/64*\nb\n  eth0 10.0.3.2/30* fd00::2/64*\n");
}

TEST(Allocation, AnExplicitAddressIsSkippedAndServesItsFamily) {
  EXPECT_EQ(link("[10.0.3.0/29, \"fd00::/64\"]", "{a: , b: 10.0.3.1/29}"),
            "a\n  eth0 10.0.3.2/29* fd00::1/64*\nb\n  eth0 10.0.3.1/29 fd00::2/64*\n");
}

TEST(Allocation, AtTheEndOfTheAddressSpaceNothingWrapsAround) {
  EXPECT_EQ(link("255.255.255.252/30"), "a\n  eth0 255.255.255.253/30*\nb\n  eth0 255.255.255.254/30*\n");
  EXPECT_EQ(link("255.255.255.254/31"), "a\n  eth0 255.255.255.254/31*\nb\n  eth0 255.255.255.255/31*\n");
}

TEST(Allocation, JoinedNetworksOfOneSubnetShareIt) {
  const auto found = addresses(topology(R"(
namespaces: {a: , b: , c: }
networks:
  lan: {subnet: 10.0.0.0/24, endpoints: [a, b]}
  wan: {subnet: 10.0.0.0/24, endpoints: [c]}
links: [{endpoints: [lan, wan]}]
)")
                                   .graph);
  EXPECT_EQ(found.at("c:eth0").front().text(), "10.0.0.3/24");
}

/// A topology of one network and some links, as random as `seed`; its first `entries` entries.
std::string random_topology(unsigned seed, int entries) {
  std::mt19937 random(seed);
  std::string namespaces = "namespaces:\n";
  std::string links = "networks:\n  lan: {subnet: [10.0.0.0/20, \"fd00::/64\"]}\nlinks:\n";
  for (int i = 0; i < 12; ++i) namespaces += "  n" + std::to_string(i) + ":\n";
  for (int i = 0; i < entries; ++i) {
    const std::string a = "n" + std::to_string(random() % 12);
    const std::string b = "n" + std::to_string((random() % 11 + 1 + static_cast<unsigned>(a[1] - '0')) % 12);
    const std::string address = "10.0.8." + std::to_string(i + 1) + "/20";
    switch (random() % 4) {
      case 0:
        links += "  - endpoints: [" + a + ", lan]\n";
        break;
      case 1:
        links += "  - endpoints: {" + a + ": " + address + ", lan: }\n";
        break;
      case 2:
        links += "  - endpoints: [lan, " + a + ":x" + std::to_string(i) + "]\n";
        break;
      default:
        links +=
            "  - {endpoints: [" + a + ", " + (a == b ? "n11" : b) + "], subnet: 10.1." + std::to_string(i) + ".0/30}\n";
    }
  }
  return namespaces + links;
}

TEST(Allocation, AppendingNeverRenumbers) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    const auto before = addresses(topology(random_topology(seed, 20)).graph);
    const auto after = addresses(topology(random_topology(seed, 30)).graph);
    for (const auto& [interface, list] : before) {
      ASSERT_TRUE(after.contains(interface)) << interface << "\n" << random_topology(seed, 30);
      EXPECT_EQ(after.at(interface), list) << interface << "\n" << random_topology(seed, 30);
    }
  }
}

TEST(Allocation, AddressesAreUniqueAndInsideTheirSubnet) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    const Outcome outcome = topology(random_topology(seed, 30));
    ASSERT_FALSE(outcome.diagnostics.failed()) << outcome.messages;
    std::set<IpAddress> seen;
    for (const auto& [interface, list] : addresses(outcome.graph)) {
      for (const IpPrefix& prefix : list) {
        EXPECT_TRUE(seen.insert(prefix.address).second) << interface << " " << prefix.text();
        EXPECT_NE(prefix.address, prefix.network().address);
        if (prefix.address.family == Family::v4) {
          EXPECT_NE(prefix.address, prefix.last());
        }
      }
    }
  }
}

TEST(Allocation, AFullSubnetServesExactlyItsHosts) {
  std::string namespaces;
  std::string ends;
  for (int i = 0; i < 254; ++i) {
    namespaces += (i == 0 ? "" : ", ") + ("n" + std::to_string(i)) + ": ";
    ends += (i == 0 ? "n" : ", n") + std::to_string(i);
  }
  const std::string head =
      "namespaces: {more: , " + namespaces + "}\nnetworks: {lan: {subnet: 10.0.0.0/24, endpoints: [";
  EXPECT_EQ(topology(head + ends + "]}}\n").messages, "");
  EXPECT_THAT(faults(head + ends + ", more]}}\n"),
              HasSubstr("subnet 10.0.0.0/24 is too small: it fits 254 hosts, 255 ends want an address"));
}

}  // namespace
}  // namespace nsbuild::netgraph
