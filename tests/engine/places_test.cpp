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

TEST(Places, ANamespaceThatIsAnotherOneNowIsNotOpened) {
  in_world([] {
    shell("ip netns add t.a");
    Places places("t");
    const Fd kept = open_place({"t", "a"});  // or the next one might get its number
    places.at("a").close();
    shell("ip netns del t.a; ip netns add t.a");
    for (int times = 0; times < 2; ++times) EXPECT_THROW(places.at("a"), Error) << "it is not forgotten";
    places.forget("a");
    EXPECT_NE(places.at("a").inode, 0U) << "what is not known is opened";
  });
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

TEST(Places, KeepANamespaceThatIsUnmountedUntilAllAre) {
  in_world([] {
    ASSERT_EQ(output("ip netns add t.a && ip netns add t.b && echo made"), "made\n");
    Places places("t");
    const auto before = open_descriptors();
    places.at("a");
    places.at("b");
    EXPECT_EQ(open_descriptors(), before + 4);  // a namespace and a socket each
    places.retire("a");
    EXPECT_EQ(places.find("a"), nullptr);
    EXPECT_EQ(open_descriptors(), before + 3);
    places.forget("b");
    EXPECT_EQ(open_descriptors(), before + 1);
    places.departures().let_go();
    EXPECT_EQ(open_descriptors(), before);
  });
}

}  // namespace
}  // namespace nsbuild::engine::testing
