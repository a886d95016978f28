// Whether an init that was found is still the same one when it is reached.
#include "engine/ready/death.hpp"
#include "engine/service/find.hpp"
#include "tests/engine/no_descriptors.hpp"
#include "tests/engine/service_world.hpp"

#include <gtest/gtest.h>

namespace nsbuild::engine::testing {
namespace {

TEST(ServiceReach, AnInitIsKnownByItsRecordAndByItsNameWhenThatWasReplaced) {
  in_world([] {
    make_place("server");
    Services services("t");
    const planner::Service web = sleeper("web"), other = sleeper("other");
    ASSERT_EQ("", run(services, create(web)));
    ASSERT_EQ("", run(services, create(other)));
    const RunningService found = the("web");
    EXPECT_NE(found.record, RecordFile{});
    EXPECT_NE(found.record, the("other").record);
    EXPECT_TRUE(open_init(found));

    RunningService taken = found;
    taken.init = the("other").init;
    EXPECT_FALSE(open_init(taken)) << "its number is another one's now";
    taken.record = {};
    EXPECT_FALSE(open_init(taken));

    planner::Service patient = web;
    patient.stop_timeout += 1000;
    ASSERT_EQ("", run(services, change(web, patient)));
    EXPECT_NE(found.record, the("web").record);
    EXPECT_TRUE(open_init(found));

    ASSERT_EQ("", run(services, remove(patient)));
    EXPECT_FALSE(open_init(found));
  });
}

TEST(ServiceReach, WhoCannotBeLookedAtHasNotGone) {
  in_world([] {
    make_place("server");
    Services services("t");
    ASSERT_EQ("", run(services, create(sleeper("web"))));
    const RunningService found = the("web");
    RunningService again = found;
    EXPECT_EQ(code_without_descriptors([&] { service_of(found.init); }), EMFILE);
    EXPECT_EQ(code_without_descriptors([&] { name_of(found.init); }), EMFILE);
    EXPECT_EQ(code_without_descriptors([&] { refresh(again); }), EMFILE);

    DeathWatch watch("t");
    watch.add(found.spec, found.init);
    {
      const NoDescriptors scarcity;
      watch.add(found.spec, found.init);
      EXPECT_TRUE(watch.reap().empty());
    }
    EXPECT_TRUE(watch.reap().empty());
    ASSERT_EQ("", run(services, remove(found.spec)));
    EXPECT_TRUE(eventually([&] { return !watch.reap().empty(); }));
  });
}

}  // namespace
}  // namespace nsbuild::engine::testing
