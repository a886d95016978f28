// Converging on kernels that work, fail and die.
#include "engine/apply.hpp"

#include "tests/engine/apply_model.hpp"
#include "tests/planner/random_state.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nsbuild::engine {
namespace {

using planner::Namespace;
using planner::Service;
using planner::State;
using planner::random::RandomStates;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Pair {
  State from, to;
};

Pair random_pair(unsigned seed) {
  RandomStates random(seed, 1 + seed % 2);
  const State first = random.wish();
  const State from = random.chance(25) ? State{} : random.observed(first);
  return {from, random.chance(60) ? random.neighbour(first) : random.wish()};
}

bool agree(const State& now, const State& wish) { return planner::plan(now, wish).empty(); }

State lab(const std::string& command = "sleep") {
  State state;
  planner::put(state, Namespace{.name = "a"});
  planner::put(state, planner::Hosts{.place = "a", .content = "x"});
  planner::put(state, Service{.name = "web", .place = "a", .hostname = "web", .command = {command}});
  return state;
}

TEST(Converge, MakesTheMachineAgreeAndThenHasNothingToDo) {
  ModelKernel kernel;
  EXPECT_EQ(converge(kernel, "lab", lab(), {}).result, Result::done);
  EXPECT_TRUE(agree(kernel.state(), lab()));
  const std::size_t done = kernel.steps_done();
  const Report second = converge(kernel, "lab", lab(), {});
  EXPECT_EQ(second.result, Result::unchanged);
  EXPECT_EQ(second.exit_code(), 0);
  EXPECT_EQ(kernel.steps_done(), done);
}

TEST(Converge, WhatCannotBeRecordedIsPutBack) {
  const State before = lab();
  ModelKernel kernel(before);
  Options options;
  options.achieved = [&] {
    EXPECT_TRUE(agree(kernel.state(), lab("other")));
    throw Error("no room for the record");
  };
  const Report report = converge(kernel, "lab", lab("other"), options);
  EXPECT_EQ(report.result, Result::rolled_back);
  EXPECT_THAT(report.errors, ElementsAre("no room for the record"));
  EXPECT_TRUE(agree(kernel.state(), before));
}

TEST(Converge, TellsThePlanFirstAndEveryStepAsItEnds) {
  ModelKernel kernel;
  std::size_t planned = 0, last = 0;
  Options options;
  options.planned = [&](const planner::Plan& plan) { planned = plan.steps.size(); };
  options.progress = [&](const planner::Step&, std::size_t done, std::size_t total) {
    EXPECT_EQ(total, planned);
    EXPECT_EQ(done, ++last);
  };
  converge(kernel, "lab", lab(), options);
  EXPECT_EQ(planned, 3U);
  EXPECT_EQ(last, 3U);
}

TEST(Converge, AFailureIsToldAndRolledBack) {
  FaultyKernel kernel;
  kernel.failing = {2};
  const Report report = converge(kernel, "lab", lab(), {});
  EXPECT_EQ(report.exit_code(), 1);
  EXPECT_THAT(report.errors, ElementsAre("service web: Input/output error (EIO)"));
  EXPECT_THAT(report.remaining, IsEmpty());
  EXPECT_THAT(kernel.state(), IsEmpty());
}

TEST(Converge, KeepLeavesAFailedApplyAsItIs) {
  FaultyKernel kernel;
  kernel.failing = {2};
  Options options;
  options.keep = true;
  const Report report = converge(kernel, "lab", lab(), options);
  EXPECT_EQ(report.exit_code(), 3);
  EXPECT_THAT(report.remaining, ElementsAre("hosts a: is still there", "namespace a: is still there"));
  EXPECT_EQ(kernel.state().size(), 2U);
}

TEST(Converge, AServiceThatARollbackStartsAnewIsNamed) {
  State before = lab(), wish = lab();
  std::get<Service>(wish.rbegin()->second).hostname = "other";
  planner::put(wish, Service{.name = "zz", .place = "a", .hostname = "zz", .command = {"nope"}});
  FaultyKernel kernel(before);
  kernel.failing = {2};  // web removed, web made, zz fails
  const Report report = converge(kernel, "lab", wish, {});
  EXPECT_EQ(report.result, Result::rolled_back);
  EXPECT_THAT(report.restarted, ElementsAre("web"));
  EXPECT_TRUE(agree(kernel.state(), before));
}

TEST(Converge, AServiceThatCannotBeStartedAnewIsNotSaidToBe) {
  State before = lab(), wish = lab();
  std::get<Service>(wish.rbegin()->second).hostname = "other";
  FaultyKernel kernel(before);
  kernel.failing = {1, 2};  // web removed, web not made; nor on the way back
  const Report report = converge(kernel, "lab", wish, {});
  EXPECT_THAT(report.restarted, IsEmpty());
  EXPECT_THAT(report.remaining, ElementsAre("service web: is missing"));
}

TEST(Converge, WhatTheMachineDoesNotKeepIsAnError) {
  class Forgetful : public ModelKernel {
    State observe(const Scope& scope) override {
      State seen = ModelKernel::observe(scope);
      std::erase_if(seen, [](const auto& entry) { return std::holds_alternative<Service>(entry.second); });
      return seen;
    }
  } kernel;
  const Report report = converge(kernel, "lab", lab(), {});
  EXPECT_THAT(report.errors, ElementsAre("not as wished after all steps: service web: is missing"));
}

TEST(Converge, ARollbackThatFailsListsWhatRemains) {
  FaultyKernel kernel;
  kernel.failing = {2, 3};  // the service, then its hosts file on the way back
  const Report report = converge(kernel, "lab", lab(), {});
  EXPECT_EQ(report.exit_code(), 3);
  EXPECT_THAT(report.remaining, ElementsAre("hosts a: is still there"));
  EXPECT_THAT(report.errors, ElementsAre(HasSubstr("service web"), HasSubstr("while rolling back: hosts a")));
}

/// A pair of which one end was in a namespace that is gone is there for some looks more, or for good.
class Fading : public FaultyKernel {
 public:
  std::size_t looks = 0, last_look = 0;

 private:
  State observe(const Scope& scope) override {
    State seen = FaultyKernel::observe(scope);
    if (attempts > 3 && ++looks < last_look)
      planner::put(seen, planner::Veth{.a = {.place = "?", .name = "if2"}, .b = {.place = "a", .name = "eth0"}});
    return seen;
  }
};

TEST(Converge, WhatIsJustGoingIsNotListed) {
  Fading kernel;
  kernel.failing = {2, 3};
  kernel.last_look = 5;
  const Report report = converge(kernel, "lab", lab(), {});
  EXPECT_THAT(report.remaining, ElementsAre("hosts a: is still there"));
  EXPECT_EQ(kernel.looks, 5U);
}

TEST(Converge, APairThatStaysIsListedAfterAWhile) {
  Fading kernel;
  kernel.failing = {2, 3};
  kernel.last_look = 1'000'000;
  const Report report = converge(kernel, "lab", lab(), {});
  EXPECT_THAT(report.remaining, Contains("veth ?:if2 -- a:eth0: is still there"));
}

TEST(Converge, ARequestToStopEndsItAndRollsBack) {
  ModelKernel kernel;
  Options options;
  options.stop_requested = [&] { return kernel.steps_done() >= 1; };
  const Report report = converge(kernel, "lab", lab(), options);
  EXPECT_EQ(report.result, Result::rolled_back);
  EXPECT_THAT(report.errors, ElementsAre("stopped on request after 1 of 3 steps"));
  EXPECT_THAT(kernel.state(), IsEmpty());
}

TEST(Converge, DestroyGoesOnPastWhatFailsAndListsIt) {
  FaultyKernel kernel(lab());
  kernel.failing = {1};
  const Report report = converge(kernel, "lab", {}, {});
  EXPECT_EQ(report.exit_code(), 3);
  EXPECT_THAT(report.remaining, ElementsAre("hosts a: is still there"));
  EXPECT_EQ(kernel.state().size(), 1U);
}

TEST(Converge, NothingBeyondThePointOfNoReturnBeginsBeforeAllElseIsDone) {
  // The old service goes only when the new one, in another namespace, has started.
  State before = lab(), wish;
  planner::put(wish, Namespace{.name = "b"});
  planner::put(wish, planner::Hosts{.place = "b", .content = "x"});
  planner::put(wish, Service{.name = "new", .place = "b", .hostname = "new", .command = {"nope"}});
  FaultyKernel kernel(before);
  kernel.failing = {2};
  const Report report = converge(kernel, "lab", wish, {});
  EXPECT_EQ(report.result, Result::rolled_back);
  EXPECT_THAT(report.restarted, IsEmpty());
  EXPECT_TRUE(agree(kernel.state(), before));
}

TEST(ConvergeProperty, AFaultAtEveryStepRollsBackExactly) {
  for (unsigned seed = 0; seed < 10'000; ++seed) {
    const auto [from, to] = random_pair(seed);
    const std::size_t steps = planner::plan(from, to).steps.size();
    for (std::size_t fault = 0; fault < steps; ++fault) {
      FaultyKernel kernel(from);
      kernel.failing = {fault};
      const Report report = converge(kernel, "lab", to, {});
      if (to.empty()) continue;
      ASSERT_EQ(report.result, Result::rolled_back) << seed << " " << fault << " " << report.errors.front();
      ASSERT_TRUE(agree(kernel.state(), from)) << seed << " " << fault;
      ASSERT_EQ(report.errors.size(), 1U) << seed << " " << fault << " " << report.errors.back();
    }
  }
}

TEST(ConvergeProperty, AfterAKillAtAnyStepApplyAndDestroyJustWork) {
  for (unsigned seed = 0; seed < 2000; ++seed) {
    const auto [from, to] = random_pair(seed);
    const std::size_t steps = planner::plan(from, to).steps.size();
    for (std::size_t fault = 0; fault < steps; ++fault) {
      FaultyKernel kernel(from);
      kernel.deadly = fault;
      ASSERT_THROW(converge(kernel, "lab", to, {}), Killed);
      ModelKernel again(kernel.state()), gone(kernel.state());
      ASSERT_EQ(converge(again, "lab", to, {}).exit_code(), 0) << seed << " " << fault;
      ASSERT_TRUE(agree(again.state(), to)) << seed << " " << fault;
      ASSERT_EQ(converge(gone, "lab", {}, {}).exit_code(), 0) << seed << " " << fault;
      ASSERT_THAT(gone.state(), IsEmpty()) << seed << " " << fault;
    }
  }
}

TEST(ConvergeProperty, ASecondFaultWhileRollingBackListsExactlyWhatRemains) {
  for (unsigned seed = 0; seed < 500; ++seed) {
    const auto [from, to] = random_pair(seed);
    const std::size_t steps = planner::plan(from, to).steps.size();
    if (steps < 2 || to.empty()) continue;
    FaultyKernel kernel(from);
    kernel.failing = {steps - 1, steps, steps + 2};
    const Report report = converge(kernel, "lab", to, {});
    const bool exact = agree(kernel.state(), from);
    ASSERT_EQ(report.exit_code(), exact ? 1 : 3) << seed;
    ASSERT_EQ(report.remaining.empty(), exact) << seed;
  }
}

}  // namespace
}  // namespace nsbuild::engine
