// Whatever the limit is, all that may be open at once fits.
#include "engine/descriptors.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace nsbuild::engine {
namespace {

class Descriptors : public ::testing::TestWithParam<rlim_t> {
 protected:
  void SetUp() override {
    getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit less{GetParam(), before_.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &less), 0);
  }
  void TearDown() override { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_P(Descriptors, AreEnoughForAllThatMayBeOpen) {
  const DescriptorBudget budget = descriptor_budget();
  EXPECT_GE(budget.places, 4U);
  EXPECT_GE(budget.starts, 1U);
  EXPECT_GE(budget.waits, 1U);
  EXPECT_LE(budget.places_beside_services, budget.places);
  constexpr std::size_t others = 24;  // what is always open, and what a start opens for a moment
  EXPECT_LE(2 * budget.places + others, GetParam());
  EXPECT_LE(2 * budget.places_beside_services + budget.watched + 2 * budget.starts + 4 * budget.waits + others,
            GetParam());
}

INSTANTIATE_TEST_SUITE_P(Limits, Descriptors, ::testing::Values(64, 100, 128, 137, 200, 256, 512, 1024, 2048));

}  // namespace
}  // namespace nsbuild::engine
