#include "engine/linux/parallel.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace nsbuild::engine::testing {
namespace {

TEST(Parallel, EveryIndexComesOnce) {
  for (const std::size_t count : {0U, 1U, 15U, 16U, 1000U}) {
    std::vector<int> visits(count);
    in_parallel(count, [&](std::size_t index, unsigned) { ++visits[index]; });
    EXPECT_TRUE(std::all_of(visits.begin(), visits.end(), [](int n) { return n == 1; })) << count;
  }
}

TEST(Parallel, NoTwoAtOnceAreTheSameWorker) {
  std::array<std::atomic<int>, workers_max> inside{};
  std::atomic<bool> met = false;
  in_parallel(2000, [&](std::size_t, unsigned worker) {
    ASSERT_LT(worker, workers_max);
    if (++inside.at(worker) != 1) met = true;
    --inside.at(worker);
  });
  EXPECT_FALSE(met);
}

TEST(Parallel, TheFirstFailureIsToldWhenAllHaveEnded) {
  std::atomic<int> ended = 0;
  std::string told;
  try {
    in_parallel(100, [&](std::size_t index, unsigned) {
      ++ended;
      if (index % 10 == 7) throw std::runtime_error(std::to_string(index));
    });
  } catch (const std::runtime_error& error) {
    told = error.what();
  }
  EXPECT_EQ("7", told);
  EXPECT_EQ(100, ended);
}

}  // namespace
}  // namespace nsbuild::engine::testing
