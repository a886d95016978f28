// What a death or a request to stop means for steps that only wait.
#include "engine/execution.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nsbuild::engine {
namespace {

using planner::Step;
using ::testing::ElementsAre;

/// Two services have started, of which one is waited for in vain; the other dies when `dies` is set.
class VainKernel : public Kernel {
 public:
  bool dies = false;
  int looks = 0;
  bool abandoned = false;

  planner::State observe(const Scope&) override { return {}; }
  void submit(std::span<const Task> tasks) override { tasks_.insert(tasks_.end(), tasks.begin(), tasks.end()); }
  std::vector<Outcome> collect(Deadline) override {
    ++looks;
    std::vector<Outcome> ended;
    if (dies && looks == 2) ended.push_back({0, "service b: has died", Outcome::Kind::died});
    for (const Task& task : std::exchange(tasks_, {})) {
      if (!std::holds_alternative<planner::Ready>(*task.step->after))
        ended.push_back({task.id, ""});
      else if (abandoned)
        ended.push_back({task.id, "", Outcome::Kind::given_up});
      else
        tasks_.push_back(task);
    }
    return ended;
  }
  void abandon() override { abandoned = true; }

 private:
  std::vector<Task> tasks_;
};

planner::Plan two_services() {
  planner::Service a, b, after;
  a.name = "a", b.name = "b", after.name = "after";
  planner::Plan plan;
  plan.steps = {{std::nullopt, a, {}, {}, {}},
                {std::nullopt, b, {}, {}, {}},
                {std::nullopt, planner::Ready{.service = "a"}, {0}, {}, {}},
                {std::nullopt, after, {2}, {}, {}}};
  plan.point_of_no_return = plan.steps.size();
  return plan;
}

TEST(Execution, ADeathEndsTheWaitingAndIsTheOnlyError) {
  VainKernel kernel;
  kernel.dies = true;
  const planner::Plan plan = two_services();
  std::size_t steps = 0;
  Watcher watcher;
  watcher.progress = [&](const Step&, std::size_t done, std::size_t) { steps = done; };
  Execution execution(kernel, plan, OnFailure::stop, watcher);
  EXPECT_FALSE(execution.run());
  EXPECT_THAT(execution.errors(), ElementsAre("service b: has died"));
  EXPECT_TRUE(kernel.abandoned);
  EXPECT_EQ(steps, 2U);
}

TEST(Execution, ARequestToStopEndsTheWaiting) {
  VainKernel kernel;
  const planner::Plan plan = two_services();
  Watcher watcher;
  watcher.stop_requested = [&] { return kernel.looks >= 3; };
  Execution execution(kernel, plan, OnFailure::stop, watcher);
  EXPECT_FALSE(execution.run());
  EXPECT_THAT(execution.errors(), ElementsAre("stopped on request after 2 of 4 steps"));
}

TEST(Execution, WhileNothingEndsItIsToldWhatIsUnderWay) {
  VainKernel kernel;
  const planner::Plan plan = two_services();
  std::vector<std::string> told;
  Watcher watcher;
  watcher.waiting = [&](const std::vector<const Step*>& steps) {
    for (const Step* step : steps) told.push_back(planner::name(step->key()));
  };
  watcher.stop_requested = [&] { return !told.empty(); };
  Execution(kernel, plan, OnFailure::stop, watcher).run();
  EXPECT_THAT(told, ElementsAre("ready a"));
}

/// Removes nothing.
class HoldingKernel : public Kernel {
 public:
  std::vector<std::string> begun;

  planner::State observe(const Scope&) override { return {}; }
  void submit(std::span<const Task> tasks) override {
    for (const Task& task : tasks) {
      begun.push_back((task.step->after ? "+ " : "- ") + planner::name(task.step->key()));
      ended_.push_back({task.id, task.step->after ? "" : "held"});
    }
  }
  std::vector<Outcome> collect(Deadline) override { return std::exchange(ended_, {}); }

 private:
  std::vector<Outcome> ended_;
};

/// The kernel has no names for services: a second one of that name would run beside the first.
TEST(Execution, AServiceIsNotStartedWhileTheOneThatItReplacesIsThere) {
  planner::Service old, anew, after;
  old.name = anew.name = "a", after.name = "after";
  planner::Namespace place;
  place.name = "n";
  planner::Plan plan;
  plan.steps = {{old, std::nullopt, {}, {}, {}},
                {place, std::nullopt, {}, {}, {}},
                {std::nullopt, place, {1}, {}, {}},
                {std::nullopt, anew, {0, 2}, {}, {}},
                {std::nullopt, after, {3}, {}, {}}};
  plan.point_of_no_return = 0;
  HoldingKernel kernel;
  const Watcher nobody;
  Execution execution(kernel, plan, OnFailure::go_on, nobody);
  EXPECT_FALSE(execution.run());
  EXPECT_THAT(kernel.begun, ElementsAre("- service a", "- namespace n", "+ namespace n", "+ service after"));
  EXPECT_THAT(execution.errors(),
              ElementsAre("held", "held", "service a: the one that it replaces could not be removed"));
  EXPECT_FALSE(execution.has_succeeded(3));
}

}  // namespace
}  // namespace nsbuild::engine
