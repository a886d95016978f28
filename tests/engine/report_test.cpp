#include "engine/service/report.hpp"

#include "engine/init/channel.hpp"
#include "engine/init/wire.hpp"

#include <cerrno>

#include <gtest/gtest.h>

namespace nsbuild::engine {
namespace {

constexpr init::Report gave_up{init::Verdict::gave_up, EMFILE};

void tell(const Fd& from) {
  ASSERT_EQ(init::send_message(from.get(), &gave_up, sizeof gave_up, nullptr, 0, "start init", 10), 0);
}

TEST(Report, SaysWhatWentWrongAndWhetherTheInitStays) {
  const ReportChannel channel = make_report_channel();
  tell(channel.theirs);
  const auto answer = read_report(channel.ours);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->error, "start init: Too many open files (EMFILE)");
  EXPECT_FALSE(answer->init_stays);
}

TEST(Report, IsReadThoughTheInitEndedWithoutReadingWhatItWasTold) {
  ReportChannel channel = make_report_channel();
  tell(channel.theirs);
  const init::Go go{1};
  ASSERT_EQ(init::send_message(channel.ours.get(), &go, sizeof go, nullptr, 0), 0);
  channel.theirs.reset();
  const auto answer = read_report(channel.ours);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->error, "start init: Too many open files (EMFILE)");
}

TEST(Report, OfAnInitThatEndedWithoutAWordIsNone) {
  ReportChannel channel = make_report_channel();
  const init::Go go{1};
  ASSERT_EQ(init::send_message(channel.ours.get(), &go, sizeof go, nullptr, 0), 0);
  channel.theirs.reset();
  EXPECT_FALSE(read_report(channel.ours));
}

}  // namespace
}  // namespace nsbuild::engine
