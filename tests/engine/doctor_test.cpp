// What the doctor says has to be so: what it finds available works, and a trial leaves nothing.
#include "engine/doctor.hpp"

#include "tests/engine/service_world.hpp"
#include "tests/engine/world_words.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>

#include <gtest/gtest.h>
#include <unistd.h>

namespace nsbuild::engine::testing {
namespace {

const Finding& found(const std::vector<Finding>& all, const std::string& name) {
  const auto at = std::find_if(all.begin(), all.end(), [&](const Finding& each) { return each.name == name; });
  if (at == all.end()) throw std::runtime_error("no finding called " + name);
  return *at;
}

TEST(Doctor, AgreesWithIpAboutDevices) {
  in_world([] {
    const auto all = examine();
    const std::vector<std::pair<std::string, std::string>> kinds{
        {"veth pairs", "type veth peer name y"},   {"bridges", "type bridge"},      {"dummy devices", "type dummy"},
        {"VXLAN", "type vxlan id 7 dstport 4789"}, {"WireGuard", "type wireguard"}, {"VRFs", "type vrf table 10"}};
    for (const auto& [name, words] : kinds) {
      const bool works = std::system(("ip link add name x " + words + " 2>/dev/null && ip link delete x").c_str()) == 0;
      EXPECT_EQ(found(all, name).available(), works) << name << ": " << found(all, name).refusal;
    }
  });
}

TEST(Doctor, LeavesNothingAndSaysWhyInWords) {
  in_world([] {
    const std::string links = output("ip -o link | wc -l"), mounts = output("cat /proc/self/mounts");
    const auto all = examine();
    EXPECT_EQ(output("ip -o link | wc -l"), links);
    EXPECT_EQ(output("cat /proc/self/mounts"), mounts);
    std::set<std::string> names;
    for (const Finding& each : all) {
      EXPECT_TRUE(names.insert(each.name).second) << each.name << " twice";
      EXPECT_FALSE(each.purpose.empty()) << each.name;
      EXPECT_TRUE(each.available() || each.refusal.size() > 10) << each.name << ": " << each.refusal;
      EXPECT_TRUE(each.available() || !each.needed) << each.name << ": " << each.refusal;
    }
  });
}

TEST(Doctor, MissesCapabilitiesThatAreGone) {
  in_world([] {
    if (::setuid(65534) != 0) FAIL() << "setuid";
    const auto all = examine();
    EXPECT_FALSE(found(all, "CAP_NET_ADMIN").available());
    EXPECT_NE(found(all, "CAP_NET_ADMIN").refusal.find("root"), std::string::npos);
  });
}

}  // namespace
}  // namespace nsbuild::engine::testing
