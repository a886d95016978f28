// What has to hold for any two states, on many thousand random pairs.
#include "planner/diff.hpp"
#include "planner/plan.hpp"
#include "planner/world.hpp"
#include "tests/planner/random_state.hpp"

#include <random>
#include <set>

#include <gtest/gtest.h>

namespace nsbuild::planner {
namespace {

using random::RandomStates;

constexpr unsigned pairs = 10'000;

/// The wish holds, and nothing else is there.
::testing::AssertionResult agrees_with(const State& now, const State& wish) {
  const Plan rest = plan(now, wish);
  if (rest.empty()) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "left to do:\n" << text(rest, false);
}

/// Some order that the needs allow.
std::vector<std::size_t> some_order(const Plan& plan, std::mt19937& random) {
  std::vector<std::size_t> order;
  std::set<std::size_t> ended;
  while (order.size() < plan.steps.size()) {
    std::vector<std::size_t> ready;
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
      if (ended.contains(i)) continue;
      bool met = true;
      for (const std::size_t need : plan.steps[i].needs) met = met && ended.contains(need);
      for (std::size_t j = 0; i >= plan.point_of_no_return && j < plan.point_of_no_return; ++j)
        met = met && ended.contains(j);
      if (met) ready.push_back(i);
    }
    const std::size_t next = ready.at(std::uniform_int_distribution<std::size_t>(0, ready.size() - 1)(random));
    order.push_back(next);
    ended.insert(next);
  }
  return order;
}

struct Pair {
  State from, to;
};

Pair random_pair(unsigned seed) {
  RandomStates random(seed);
  const State first = random.wish();
  const State from = random.chance(10) ? State{} : random.observed(first);
  if (random.chance(10)) return {from, {}};
  return {from, random.chance(60) ? random.neighbour(first) : random.wish()};
}

/// Runs a check on every pair, and says which one it was that failed.
void for_random_pairs(unsigned count, void (*check)(const Pair&, unsigned seed)) {
  for (unsigned seed = 0; seed < count; ++seed) {
    const Pair pair = random_pair(seed);
    check(pair, seed);
    ASSERT_FALSE(::testing::Test::HasFailure()) << "seed " << seed << ", whose plan is\n"
                                                << text(plan(pair.from, pair.to), false);
  }
}

std::set<Key> keys(const State& state) {
  std::set<Key> all;
  for (const auto& [key, resource] : state) all.insert(key);
  return all;
}

void expect_names_held_once(const State& state) {
  std::set<std::string> held;
  for (const auto& [key, resource] : state)
    for (const std::string& claim : claims(resource))
      EXPECT_TRUE(held.insert(claim).second) << claim << " is held twice";
}

/// The step finds what it expects, sweeps exactly what it says, and stands on what it needs.
void expect_true_to_its_word(World& world, const Step& step, const State& to) {
  const Key own = step.key();
  const Resource* there = world.find(own);
  EXPECT_EQ(there != nullptr, step.before.has_value()) << name(own);
  EXPECT_TRUE(there == nullptr || *there == *step.before) << name(own);
  std::set<Key> expected = keys(world.state());
  world.apply(step.key(), step);
  for (const Key& key : step.sweeps) EXPECT_EQ(expected.erase(key), 1U) << name(key);
  if (step.after)
    expected.insert(own);
  else
    expected.erase(own);
  EXPECT_EQ(keys(world.state()), expected) << name(own);
  expect_names_held_once(world.state());
  if (!step.after) return;
  for (const Key& need : needs(*step.after))
    EXPECT_TRUE(!to.contains(need) || world.find(need) != nullptr) << name(own) << " without " << name(need);
}

TEST(Property, NothingIsPlannedBetweenEqualStates) {
  for_random_pairs(pairs, [](const Pair& pair, unsigned) {
    EXPECT_TRUE(plan(pair.from, pair.from).empty());
    EXPECT_TRUE(plan(pair.to, pair.to).empty());
  });
}

TEST(Property, EveryStepIsTrueToItsWordAndThePlanLeadsToTheWish) {
  for_random_pairs(pairs, [](const Pair& pair, unsigned) {
    World world(pair.from);
    for (const Step& step : plan(pair.from, pair.to).steps) expect_true_to_its_word(world, step, pair.to);
    EXPECT_TRUE(agrees_with(world.state(), pair.to));
  });
}

TEST(Property, AnyOrderThatTheNeedsAllowLeadsToTheWish) {
  for_random_pairs(pairs, [](const Pair& pair, unsigned seed) {
    const Plan steps = plan(pair.from, pair.to);
    std::mt19937 dice(seed);
    World world(pair.from);
    for (const std::size_t index : some_order(steps, dice)) {
      const Step& step = steps.steps[index];
      EXPECT_EQ(world.find(step.key()) != nullptr, step.before.has_value()) << name(step.key());
      world.apply(step.key(), step);
    }
    EXPECT_TRUE(agrees_with(world.state(), pair.to));
  });
}

TEST(Property, RemovalsWithLossComeAfterAllElse) {
  for_random_pairs(pairs, [](const Pair& pair, unsigned) {
    const Plan steps = plan(pair.from, pair.to);
    ASSERT_LE(steps.point_of_no_return, steps.steps.size());
    for (std::size_t i = steps.point_of_no_return; i < steps.steps.size(); ++i)
      EXPECT_EQ(steps.steps[i].verb(), Verb::remove) << name(steps.steps[i].key());
  });
}

TEST(Property, FromAnywhereOnTheWayThereIsAWayBack) {
  for_random_pairs(pairs, [](const Pair& pair, unsigned seed) {
    const Plan steps = plan(pair.from, pair.to);
    World world(pair.from);
    for (std::size_t i = 0; i < seed % (steps.steps.size() + 1); ++i) world.apply(steps.steps[i].key(), steps.steps[i]);
    for (const Step& step : plan(world.state(), pair.from).steps) world.apply(step.key(), step);
    EXPECT_TRUE(agrees_with(world.state(), pair.from));
  });
}

TEST(Property, AdvanceIsAWorldOfOneStep) {
  for_random_pairs(pairs / 20, [](const Pair& pair, unsigned) {
    State state = pair.from;
    World world(pair.from);
    for (const Step& step : plan(pair.from, pair.to).steps) {
      advance(state, step);
      world.apply(step.key(), step);
      ASSERT_TRUE(state == world.state());
    }
  });
}

/// A ring of namespaces that nothing happens to, more than there are in any of the random states.
State far_away() {
  State state;
  constexpr int count = 40;
  for (int i = 0; i < count; ++i) {
    const std::string here = "far" + std::to_string(i), next = "far" + std::to_string((i + 1) % count);
    put(state, Namespace{.name = here});
    put(state, Veth{.a = {.place = here, .name = "right"}, .b = {.place = next, .name = "left"}});
  }
  return state;
}

Pair with_far_away(Pair pair) {
  for (State* state : {&pair.from, &pair.to})
    for (const auto& [key, resource] : far_away()) state->emplace(key, resource);
  return pair;
}

TEST(Property, WhatIsFarAwayChangesNoPlan) {
  for_random_pairs(pairs / 5, [](const Pair& pair, unsigned) {
    const Pair wide = with_far_away(pair);
    EXPECT_EQ(json(plan(wide.from, wide.to)), json(plan(pair.from, pair.to)));
  });
}

/// A pair goes from each namespace that stays to one that nothing happens to.
TEST(Property, WhatIsLinkedToAChangeStaysAsItIs) {
  for_random_pairs(pairs / 5, [](const Pair& pair, unsigned) {
    Pair wide = with_far_away(pair);
    int number = 0;
    for (const auto& [key, resource] : pair.to) {
      if (!std::holds_alternative<Namespace>(resource) || !pair.from.contains(key)) continue;
      const Veth way{.a = {.place = "far" + std::to_string(number++), .name = "way"},
                     .b = {.place = key.id, .name = "way"}};
      put(wide.from, way);
      put(wide.to, way);
    }
    World world(wide.from);
    for (const Step& step : plan(wide.from, wide.to).steps) expect_true_to_its_word(world, step, wide.to);
    EXPECT_TRUE(agrees_with(world.state(), wide.to));
  });
}

TEST(Property, APlanIsTheSameEveryTime) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    const auto [from, to] = random_pair(seed);
    ASSERT_EQ(json(plan(from, to)), json(plan(State(from), State(to))));
  }
}

}  // namespace
}  // namespace nsbuild::planner
