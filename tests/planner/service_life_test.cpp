// What becomes of services when what they live in, or with, changes; and what of their state is drift.
#include "planner/plan.hpp"
#include "tests/planner/lab_file.hpp"

#include <functional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nsbuild::planner {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* network =
    "namespaces: {client: , router: , other: }\n"
    "links:\n"
    "  - endpoints: {client:eth0: 10.0.1.2/24, router:eth0: 10.0.1.1/24}\n";

const std::string oneshot = std::string(network) +
                            "services:\n"
                            "  setup: {namespace: client, command: [tc, -s], oneshot: true}\n"
                            "  helper: {join: setup, command: [ip, a], oneshot: true}\n"
                            "  far: {namespace: other, command: [tc], oneshot: true}\n";

const std::string joined = std::string(network) +
                           "services:\n"
                           "  zebra: {namespace: router, command: [zebra], hostname: r1}\n"
                           "  ospfd: {join: zebra, command: [ospfd]}\n"
                           "  bgpd: {join: zebra, command: [bgpd], depends_on: [ospfd]}\n";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

/// The plan from the lab as it was made, but for what `drift` does to each service.
std::string drift(const std::string& yaml, const std::function<void(Service&)>& drift) {
  State seen = made(wish_of(yaml));
  for (auto& [key, resource] : seen)
    if (auto* service = std::get_if<Service>(&resource)) drift(*service);
  return text(plan(seen, wish_of(yaml)), false);
}

TEST(ServiceState, ACompletedOneshotIsAsWished) { EXPECT_EQ(changes(oneshot, oneshot), "no changes\n"); }

TEST(ServiceState, AOneshotThatStillRunsIsWaitedFor) {
  EXPECT_THAT(drift(oneshot, [](Service& s) { s.state = s.name == "far" ? RunState::running : s.state; }),
              HasSubstr("~ service far: state running -> completed\nplan: 0 to add, 1 to change"));
}

TEST(ServiceState, AOneshotThatFailedRunsAgain) {
  const auto fail = [](Service& s) {
    if (s.name != "far") return;
    s.state = RunState::exited;
    s.exit = "exit code 3";
  };
  EXPECT_THAT(drift(oneshot, fail), HasSubstr("~ service far: state exited (exit code 3) -> completed\n"));
}

TEST(ServiceState, WaitingForARestartIsNoDriftAndStoppedIs) {
  const auto all = [](RunState state) { return [state](Service& s) { s.state = state; }; };
  EXPECT_EQ(drift(joined, all(RunState::restarting)), "no changes\n");
  EXPECT_THAT(drift(joined, all(RunState::stopped)), HasSubstr("~ service ospfd: state stopped -> running\n"));
}

TEST(ServiceState, ARollbackLeavesWhatDidNotRunAndWhatHasCompleted) {
  State before = wish_of(oneshot);
  State now = before;
  for (auto* state : {&before, &now})
    for (auto& [key, resource] : *state)
      if (auto* service = std::get_if<Service>(&resource))
        service->state = state == &now ? RunState::completed : RunState::running;
  EXPECT_TRUE(plan(now, before).empty()) << "it was running, and has completed meanwhile";
}

TEST(ServiceState, APolicyChangesInPlace) {
  EXPECT_EQ(
      changes(joined, replaced(joined, "command: [ospfd]", "command: [ospfd], restart: always, stop_timeout: 3s")),
      "~ service ospfd: restart no -> always, stop_timeout 10000 -> 3000\n"
      "plan: 0 to add, 1 to change, 0 to remove\n");
}

TEST(Oneshot, RunsAgainWhenAnInterfaceOfItsNamespaceIsMadeAnew) {
  const std::string moved = changes(oneshot, replaced(oneshot, "router:eth0", "other:eth0"));
  for (const std::string service : {"setup", "helper", "far"})
    EXPECT_THAT(moved,
                HasSubstr("~ service " + service + ": runs again: veth client:eth0 -- other:eth0 is made anew\n"));
  State seen = made(wish_of(oneshot));
  std::erase_if(seen, [](const auto& entry) {  // somebody deleted the link
    return std::holds_alternative<Veth>(entry.second) || std::holds_alternative<Address>(entry.second);
  });
  const std::string again = text(plan(seen, wish_of(oneshot)), false);
  for (const std::string service : {"setup", "helper"})
    EXPECT_THAT(again,
                HasSubstr("~ service " + service + ": runs again: veth client:eth0 -- router:eth0 is made anew\n"));
  EXPECT_THAT(again, HasSubstr("plan: 3 to add, 2 to change, 0 to remove\n"))
      << "the far one has nothing to do with it";
}

TEST(Oneshot, DoesNotRunAgainForAChangeInPlace) {
  EXPECT_THAT(changes(oneshot, replaced(oneshot, "10.0.1.1/24}", "10.0.1.9/24}\n    mtu: 1400")),
              ::testing::Not(HasSubstr("~ service")));
}

TEST(Oneshot, RunsAgainWithItsNamespace) {
  State seen = made(wish_of(oneshot));
  for (auto& [key, resource] : seen)
    if (auto* service = std::get_if<Service>(&resource); service != nullptr && service->place == "other")
      service->place = "?";
  std::erase_if(seen, [](const auto& entry) { return entry.first.id == "other"; });
  const std::string steps = text(plan(seen, wish_of(oneshot)), false);
  EXPECT_THAT(steps, HasSubstr("- service far"));
  EXPECT_THAT(steps, HasSubstr("+ service far"));
}

TEST(Oneshot, OnlyItsSpecAndTheReasonAreSaidWhenBothDiffer) {
  std::string after = replaced(oneshot, "router:eth0", "other:eth0");
  after = replaced(after, "[tc, -s]", "[tc, -d]");
  EXPECT_THAT(changes(oneshot, after), HasSubstr("~ service setup: runs again: veth client:eth0 -- other:eth0 is made "
                                                 "anew, command tc -s -> tc -d\n"));
}

TEST(Join, AChangedHostnameReplacesTheInitAndAllThatJoined) {
  const std::string steps = changes(joined, replaced(joined, "hostname: r1", "hostname: r2"));
  for (const std::string service : {"zebra", "ospfd", "bgpd"}) {
    EXPECT_THAT(steps, HasSubstr("- service " + service + " (replaced: hostname r1 -> r2)\n"));
    EXPECT_THAT(steps, HasSubstr("+ service " + service + ": place router, hostname r2, command " + service));
  }
}

TEST(Join, AChangedMountOrFileReplacesAllThatJoined) {
  const std::string steps =
      changes(joined, replaced(joined, "hostname: r1", "hostname: r1, files: {/etc/x: {content: y}}"));
  EXPECT_THAT(steps, HasSubstr("- service zebra (replaced: files: /etc/x added)"));
  for (const std::string service : {"ospfd", "bgpd"}) {
    const bool swept = steps.find("service " + service) < steps.find('\n');
    EXPECT_TRUE(swept || steps.find("- service " + service) != std::string::npos) << steps;
    EXPECT_THAT(steps, HasSubstr("+ service " + service)) << "and started anew";
    EXPECT_THAT(steps, HasSubstr("(went with service zebra)"));
  }
}

TEST(Join, AChangedCommandOfTheOwnerIsItsBusinessAlone) {
  EXPECT_EQ(changes(joined, replaced(joined, "[zebra]", "[zebra, -A]")),
            "~ service zebra: command zebra -> zebra -A\nplan: 0 to add, 1 to change, 0 to remove\n");
}

TEST(Join, OneThatLeavesIsEndedAlone) {
  EXPECT_EQ(changes(joined, replaced(joined, "  bgpd: {join: zebra, command: [bgpd], depends_on: [ospfd]}\n", "")),
            "~ hosts router: content changed\n- service bgpd\nplan: 0 to add, 1 to change, 1 to remove\n");
}

TEST(Join, AllLeaveWithTheirOwner) {
  const Plan steps = plan(made(wish_of(joined)), {});
  std::vector<std::string> services;
  for (const Step& step : steps.steps)
    if (step.key().kind == kind_index<Service>) services.push_back(step.key().id);
  EXPECT_THAT(services, ElementsAre("zebra"));
}

TEST(Join, StartsAfterItsOwner) {
  const Plan steps = plan({}, wish_of(joined));
  std::map<std::string, std::size_t> at;
  for (std::size_t i = 0; i < steps.steps.size(); ++i) at[steps.steps[i].key().id] = i;
  const auto needs = [&](const std::string& a, const std::string& b) {
    const auto& all = steps.steps[at.at(a)].needs;
    return std::find(all.begin(), all.end(), at.at(b)) != all.end();
  };
  EXPECT_TRUE(needs("ospfd", "zebra"));
  EXPECT_TRUE(needs("bgpd", "zebra"));
  EXPECT_TRUE(needs("bgpd", "ospfd"));
  EXPECT_FALSE(needs("zebra", "ospfd"));
}

}  // namespace
}  // namespace nsbuild::planner
