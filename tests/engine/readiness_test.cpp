// Waiting for services: how long, how it ends, and that nobody waits for anybody else.
#include "engine/ready/readiness.hpp"

#include "engine/linux_kernel.hpp"
#include "engine/rundir.hpp"
#include "tests/engine/service_world.hpp"

#include <csignal>

#include <gmock/gmock.h>
#include <poll.h>

namespace nsbuild::engine::testing {
namespace {

using planner::Ready;
using planner::Step;
using specs::Probe;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using Clock = std::chrono::steady_clock;

Ready up(const std::string& service, std::uint32_t timeout = 10000) {
  Ready wish{.service = service, .probe = Probe::file};
  wish.text = "/run/up";
  wish.timeout = timeout;
  wish.origin = "topo.yaml:7";
  return wish;
}

Step wait_for(const Ready& wish) { return {std::nullopt, wish, {}, {}, {}}; }

/// Hands over all and collects until all have ended or one service has died.
std::vector<Outcome> run(Kernel& kernel, const std::vector<Step>& steps) {
  std::vector<Task> tasks;
  for (std::size_t i = 0; i < steps.size(); ++i) tasks.push_back({i, &steps[i]});
  kernel.submit(tasks);
  std::vector<Outcome> all;
  const auto give_up = Clock::now() + std::chrono::seconds(20);
  while (all.size() < steps.size() && Clock::now() < give_up)
    for (Outcome& outcome : kernel.collect(give_up)) all.push_back(std::move(outcome));
  return all;
}

std::vector<std::string> errors(Kernel& kernel, const std::vector<Step>& steps) {
  std::vector<std::string> texts;
  for (const Outcome& outcome : run(kernel, steps)) texts.push_back(outcome.error);
  return texts;
}

TEST(Readiness, OneThatComesLateIsWaitedForAndRemembered) {
  in_world([] {
    make_place("server");
    LinuxKernel kernel("t");
    ASSERT_THAT(errors(kernel, {create(shell_service("web", until_go + ": >/run/up; exec sleep 1000"))}),
                ElementsAre(""));
    EXPECT_FALSE(is_ready(up("web"), only_one()));
    const Step wait = wait_for(up("web"));
    kernel.submit(std::vector<Task>{{1, &wait}});
    EXPECT_THAT(kernel.collect(Clock::now() + std::chrono::milliseconds(200)), IsEmpty());
    EXPECT_EQ(only_one().ready_starts, 0U);
    go_on();
    const std::vector<Outcome> ended = kernel.collect(std::nullopt);
    ASSERT_EQ(ended.size(), 1U);
    EXPECT_EQ(ended[0].error, "");
    EXPECT_EQ(only_one().ready_hash, up("web").hash());
    EXPECT_EQ(only_one().ready_starts, only_one().starts);
  });
}

TEST(Readiness, WhatIsRememberedIsOfOneProcessAndOneDefinition) {
  in_world([] {
    make_place("server");
    LinuxKernel kernel("t");
    Ready wish{.service = "web", .probe = Probe::command};
    wish.command = {"true"};
    ASSERT_THAT(errors(kernel, {create(sleeper())}), ElementsAre(""));
    EXPECT_FALSE(is_ready(wish, only_one()));
    ASSERT_THAT(errors(kernel, {wait_for(wish)}), ElementsAre(""));
    EXPECT_TRUE(is_ready(wish, only_one()));
    Ready patient = wish;
    patient.timeout = 1;
    EXPECT_TRUE(is_ready(patient, only_one())) << "how long is no matter of what";
    Ready other = wish;
    other.command = {"/bin/true"};
    EXPECT_FALSE(is_ready(other, only_one()));
    planner::Service changed = sleeper();
    changed.environment.push_back({"X", "y"});
    ASSERT_THAT(errors(kernel, {change(sleeper(), changed)}), ElementsAre(""));
    EXPECT_FALSE(is_ready(wish, only_one()));
  });
}

TEST(Readiness, NobodyWaitsForAnotherOnesTime) {
  in_world([] {
    make_place("server");
    LinuxKernel kernel("t");
    ASSERT_EQ(
        run(kernel, {create(sleeper("slow")), create(shell_service("fast", ": >/run/up; exec sleep 1000"))}).size(),
        2U);
    const Step slow = wait_for(up("slow", 5000));
    const Step fast = wait_for(up("fast", 5000));
    kernel.submit(std::vector<Task>{{1, &slow}, {2, &fast}});
    const std::vector<Outcome> first = kernel.collect(std::nullopt);
    ASSERT_EQ(first.size(), 1U);
    EXPECT_EQ(first[0].id, 2U);
    EXPECT_EQ(first[0].error, "");
  });
}

TEST(Readiness, ATimeoutSaysWhatIsMissingAndHowTheLogEnds) {
  in_world([] {
    make_place("server");
    LinuxKernel kernel("t");
    ASSERT_THAT(errors(kernel, {create(shell_service("web", "seq 25; exec sleep 1000"))}), ElementsAre(""));
    std::string log = "; its log ends with";
    for (int i = 6; i <= 25; ++i) log += "\n    " + std::to_string(i);
    EXPECT_THAT(errors(kernel, {wait_for(up("web", 300))}),
                ElementsAre("service web: not ready after 300 ms: there is no file /run/up (topo.yaml:7)" + log));
  });
}

TEST(Readiness, WhoDiesIsNotWaitedFor) {
  in_world([] {
    make_place("server");
    LinuxKernel kernel("t");
    ASSERT_THAT(errors(kernel, {create(shell_service("web", "sleep 0.2; exit 3"))}), ElementsAre(""));
    EXPECT_THAT(errors(kernel, {wait_for(up("web"))}),
                ElementsAre("service web: has died: exit code 3 (topo.yaml:7); it has written nothing"));
  });
}

TEST(Readiness, AnotherServiceThatDiesIsToldMeanwhile) {
  in_world([] {
    make_place("server");
    LinuxKernel kernel("t");
    ASSERT_THAT(errors(kernel, {create(sleeper("web"))}), ElementsAre(""));
    ASSERT_THAT(errors(kernel, {create(shell_service("weak", "echo bye; sleep 0.2; kill -9 $$"))}), ElementsAre(""));
    const Step slow = wait_for(up("web"));
    kernel.submit(std::vector<Task>{{1, &slow}});
    const std::vector<Outcome> news = kernel.collect(std::nullopt);
    ASSERT_EQ(news.size(), 1U);
    EXPECT_EQ(news[0].kind, Outcome::Kind::died);
    EXPECT_EQ(news[0].error, "service weak: has died: signal 9 (Killed) (topo.yaml:12); its log ends with\n    bye");
    kernel.abandon();
    const std::vector<Outcome> rest = kernel.collect(std::nullopt);
    ASSERT_EQ(rest.size(), 1U);
    EXPECT_EQ(rest[0].kind, Outcome::Kind::given_up);
    EXPECT_EQ(rest[0].id, 1U);
  });
}

TEST(Readiness, OneThatIsStartedAgainIsFollowed) {
  in_world([] {
    make_place("server");
    LinuxKernel kernel("t");
    planner::Service web =
        shell_service("web", "echo again; [ -e /run/second ] && : >/run/up && exec sleep 1000; : >/run/second; exit 1");
    web.restart = specs::RestartPolicy::on_failure;
    Ready wish{.service = "web", .probe = Probe::log};
    wish.text = "^again$";
    ASSERT_THAT(errors(kernel, {create(web)}), ElementsAre(""));
    EXPECT_THAT(errors(kernel, {wait_for(up("web"))}), ElementsAre(""));
    EXPECT_EQ(only_one().starts, 2U);
    EXPECT_GT(only_one().log_start.offset, 0U);
    EXPECT_TRUE(is_ready(wish, only_one()));
  });
}

TEST(Readiness, ALineOfAnEarlierRunIsNoneOfThisOne) {
  in_world([] {
    make_place("server");
    LinuxKernel kernel("t");
    const planner::Service web =
        shell_service("web", "[ -e /tmp/quiet ] || { : >/tmp/quiet; echo up; }; exec sleep 1000");
    planner::Service again = web;
    again.environment.push_back({"X", "y"});
    Ready wish{.service = "web", .probe = Probe::log};
    wish.text = "up";
    ASSERT_THAT(errors(kernel, {create(web)}), ElementsAre(""));
    ASSERT_THAT(errors(kernel, {wait_for(wish)}), ElementsAre(""));
    ASSERT_THAT(errors(kernel, {change(web, again)}), ElementsAre(""));
    wish.timeout = 200;
    EXPECT_THAT(errors(kernel, {wait_for(wish)}), ElementsAre(HasSubstr("no line of its log matches up")));
  });
}

}  // namespace
}  // namespace nsbuild::engine::testing
