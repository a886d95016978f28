// What services wait for and whom they join.
#include "topology.hpp"

#include <gtest/gtest.h>

namespace nsbuild::netgraph {
namespace {

using specs::Condition;

NetGraph graph(const std::string& services) {
  Outcome outcome = topology("namespaces: {n: , m: }\nservices:\n" + services);
  EXPECT_EQ(outcome.messages, "");
  return std::move(outcome.graph);
}

TEST(Services, WaitForWhatTheOtherCanBe) {
  const NetGraph made = graph(R"(
  last: {namespace: n, command: x, depends_on: [plain, once, listens]}
  says: {namespace: n, command: x, depends_on: {listens: started, once: completed}}
  plain: {namespace: n, command: x}
  once: {namespace: n, command: x, oneshot: true}
  listens: {namespace: n, command: x, ready: {tcp: 80}}
)");
  const auto& waits = made.services.at(0).depends_on;
  ASSERT_EQ(waits.size(), 3U);
  EXPECT_EQ(made.services.at(waits[0].service).name, "plain");
  EXPECT_EQ(waits[0].condition, Condition::started);
  EXPECT_EQ(waits[1].condition, Condition::completed);
  EXPECT_EQ(made.services.at(waits[2].service).name, "listens");
  EXPECT_EQ(waits[2].condition, Condition::ready);
  EXPECT_EQ(made.services.at(1).depends_on.at(0).condition, Condition::started);
}

TEST(Services, JoinWhereTheOtherRuns) {
  const NetGraph made = graph(R"(
  second: {join: first, command: x}
  third: {join: second, command: x}
  first: {namespace: m, command: x, hostname: router}
)");
  for (const Service& service : made.services) {
    EXPECT_EQ(made.places.at(service.place).name, "m") << service.name;
    EXPECT_EQ(service.hostname, "router") << service.name;
  }
  EXPECT_EQ(made.services.at(0).join, 2U);
  EXPECT_EQ(made.services.at(1).join, 2U) << "who joins one that joins is with the first of them";
  EXPECT_FALSE(made.services.at(2).join);
}

TEST(Services, ALongChainIsNoCircle) {
  std::string services = "  s0: {namespace: n, command: x}\n";
  constexpr int many = 3000;
  for (int i = 1; i < many; ++i)
    services += "  s" + std::to_string(i) + ": {namespace: n, command: x, depends_on: [s" + std::to_string(i - 1) +
                (i > 1 ? ", s" + std::to_string(i / 2) : "") + "]}\n";
  // s1 names s0 once, s2 names s1 once: i / 2 differs from i - 1 from 3 on
  services.replace(services.find("[s1, s1]"), 8, "[s1]");
  EXPECT_EQ(graph(services).services.size(), static_cast<std::size_t>(many));
}

}  // namespace
}  // namespace nsbuild::netgraph
