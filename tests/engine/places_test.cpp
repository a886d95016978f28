#include "engine/linux/places.hpp"

#include "tests/engine/service_world.hpp"
#include "tests/engine/world_words.hpp"

#include <filesystem>

#include <gtest/gtest.h>

namespace nsbuild::engine::testing {
namespace {

int table_size() { return std::stoi(output("sed -n 's/^FDSize:[[:space:]]*//p' /proc/$PPID/status")); }

std::ptrdiff_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return std::distance(begin(all), end(all));
}

// Two threads that share the table would wait for an RCU grace period each time that it doubles.
TEST(Places, MakeRoomForManyDescriptorsBeforeThereAreTwoThreads) {
  in_world([] {
    const Places places("t");
    const auto open = open_descriptors();
    ASSERT_LT(table_size(), 1000);
    places.expect(500);
    EXPECT_GE(table_size(), 1000);
    EXPECT_EQ(open_descriptors(), open);
    places.expect(1'000'000);  // more than are allowed
    EXPECT_EQ(open_descriptors(), open);
  });
}

}  // namespace
}  // namespace nsbuild::engine::testing
