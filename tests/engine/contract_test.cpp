// What any Kernel promises: the same tests on the model that the other tests trust, and on Linux, or the model drifts.
#include "engine/linux_kernel.hpp"
#include "engine/rundir.hpp"
#include "tests/engine/apply_model.hpp"
#include "tests/engine/lab_wish.hpp"
#include "tests/engine/service_world.hpp"
#include "tests/planner/random_state.hpp"

#include <algorithm>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nsbuild::engine::testing {
namespace {

using namespace planner;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

struct OnModel {
  static void run(const std::function<void(Kernel&)>& body) {
    ModelKernel kernel;
    body(kernel);
  }
};

struct OnLinux {
  static void run(const std::function<void(Kernel&)>& body) {
    in_world([&] {
      make_lab_dir("t");
      LinuxKernel kernel("t");
      body(kernel);
    });
  }
};

template <class Where>
class Contract : public ::testing::Test {};
using Kernels = ::testing::Types<OnModel, OnLinux>;
TYPED_TEST_SUITE(Contract, Kernels);

TYPED_TEST(Contract, AgreesAfterThePlanAndIsEmptyAfterTheWayBack) {
  TypeParam::run([](Kernel& kernel) {
    const State wish = whole_lab();
    EXPECT_THAT(carry_out(kernel, plan(kernel.observe({"t", &wish}), wish)), IsEmpty());
    EXPECT_EQ(left_over(kernel, wish), "no changes\n");
    EXPECT_THAT(carry_out(kernel, plan(kernel.observe({"t", nullptr}), {})), IsEmpty());
    EXPECT_THAT(kernel.observe({"t", nullptr}), IsEmpty());
  });
}

/// A batch ends with one outcome for each of its tasks, whatever their order.
TYPED_TEST(Contract, EveryTaskEndsOnce) {
  TypeParam::run([](Kernel& kernel) {
    State wish;
    for (const char* place : {"a", "b", "c"}) put(wish, Namespace{.name = place});
    const Plan steps = plan({}, wish);
    kernel.submit(std::vector<Task>{{7, &steps.steps[2]}, {8, &steps.steps[0]}, {9, &steps.steps[1]}});
    std::vector<std::size_t> ended;
    while (ended.size() < 3)
      for (const Outcome& outcome : kernel.collect(std::nullopt)) {
        EXPECT_TRUE(outcome.ok()) << outcome.error;
        ended.push_back(outcome.id);
      }
    EXPECT_THAT(ended, UnorderedElementsAre(7, 8, 9));
    EXPECT_THAT(kernel.collect(std::nullopt), IsEmpty()) << "nothing is under way, so nothing is waited for";
  });
}

TYPED_TEST(Contract, MakingWhatIsThereFailsByName) {
  TypeParam::run([](Kernel& kernel) {
    const State wish = whole_lab();
    ASSERT_THAT(carry_out(kernel, plan({}, wish)), IsEmpty());
    for (const char* who : {"namespace client", "veth client:eth0 -- router:eth0", "bridge @switch:lan"}) {
      State all = wish;
      Plan again;
      again.steps.emplace_back().after = named(all, who);
      const auto errors = carry_out(kernel, again);
      ASSERT_EQ(errors.size(), 1U) << who;
      EXPECT_THAT(errors[0], HasSubstr(std::string(who) + ": "));
    }
    EXPECT_EQ(left_over(kernel, wish), "no changes\n");
  });
}

bool has_ipv4(const State& state, const std::string& place, const std::string& dev) {
  return std::any_of(state.begin(), state.end(), [&](const auto& entry) {
    const auto* address = std::get_if<Address>(&entry.second);
    return address != nullptr && address->place == place && address->dev == dev &&
           address->prefix.address.family == Family::v4;
  });
}

/// IPv6 has no multipath over devices alone (net/ipv6/route.c); the files cannot say it either. IPv4 has, but whether a
/// next hop without an address still counts depends on whether there ever was one, which no state tells.
bool is_beyond_telling(const State& state, const Resource& resource) {
  const auto* route = std::get_if<Route>(&resource);
  if (route == nullptr || route->nexthops.size() < 2) return false;
  return route->to.address.family == Family::v6 ||
         !std::all_of(route->nexthops.begin(), route->nexthops.end(),
                      [&](const NextHop& hop) { return has_ipv4(state, route->place, hop.dev); });
}

/// An interface keeps an MTU that the file no longer says, and one below 1280 has no IPv6 (RFC 8200, section 5): what a
/// later wish wants of IPv6 there is refused, and rightly.
void keep_ipv6_possible(Resource& resource) {
  constexpr std::uint32_t least = 1280;
  if (auto* veth = std::get_if<Veth>(&resource))
    for (VethEnd* end : {&veth->a, &veth->b})
      if (end->mtu) end->mtu = std::max(*end->mtu, least);
}

State network_of(const State& state) {
  State network = state;
  for (auto& [key, resource] : network) keep_ipv6_possible(resource);
  std::erase_if(network, [&](const auto& entry) {
    return std::holds_alternative<Service>(entry.second) || is_beyond_telling(state, entry.second);
  });
  return network;
}

/// Random labs, each changed into a neighbour, back, into something else, and away.
TYPED_TEST(Contract, ConvergesBetweenRandomLabs) {
  for (unsigned seed = 1; seed <= 12 && !::testing::Test::HasFailure(); ++seed)
    TypeParam::run([seed](Kernel& kernel) {
      planner::random::RandomStates random(seed);
      const State first = random.wish(), near = random.neighbour(first), other = random.wish();
      for (const State* next : {&first, &near, &first, &other, &near}) {
        const State wish = network_of(*next);
        const Plan steps = plan(kernel.observe({"t", &wish}), wish);
        EXPECT_THAT(carry_out(kernel, steps), IsEmpty()) << "seed " << seed << "\n" << text(steps, false);
        EXPECT_EQ(left_over(kernel, wish), "no changes\n") << "seed " << seed << "\n" << text(steps, false);
        if (::testing::Test::HasFailure()) return;
      }
      EXPECT_THAT(carry_out(kernel, plan(kernel.observe({"t", nullptr}), {})), IsEmpty());
      EXPECT_THAT(kernel.observe({"t", nullptr}), IsEmpty());
    });
}

}  // namespace
}  // namespace nsbuild::engine::testing
