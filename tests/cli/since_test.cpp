// Points in time as people write them.
#include "cli/since.hpp"

#include <cstdlib>
#include <ctime>

#include <gtest/gtest.h>

namespace nsbuild::cli {
namespace {

using Time = std::chrono::system_clock::time_point;
using namespace std::chrono_literals;

class Since : public testing::Test {
 protected:
  void SetUp() override {
    setenv("TZ", "UTC-1", 1);  // one hour east
    tzset();
  }
  void TearDown() override {
    unsetenv("TZ");
    tzset();
  }
  /// 2026-02-28 12:00:00 UTC, 13:00 here.
  const Time now{std::chrono::seconds(1772280000)};

  double ago(const std::string& text) const {
    const auto time = parse_since(text, now);
    if (!time) return -1;
    return std::chrono::duration<double>(now - *time).count();
  }
};

TEST_F(Since, ADurationIsHowLongAgo) {
  EXPECT_DOUBLE_EQ(ago("10m"), 600);
  EXPECT_DOUBLE_EQ(ago("1h30m"), 5400);
  EXPECT_DOUBLE_EQ(ago("1.5h"), 5400);
  EXPECT_DOUBLE_EQ(ago("2d"), 172800);
  EXPECT_NEAR(ago("250ms"), 0.25, 1e-6);
}

TEST_F(Since, ATimeIsOfTodayAndHere) {
  EXPECT_DOUBLE_EQ(ago("12:30"), 1800);
  EXPECT_DOUBLE_EQ(ago("12:59:50"), 10);
}

TEST_F(Since, ADateMaySayItsZone) {
  EXPECT_DOUBLE_EQ(ago("2026-02-28T12:30"), 1800);
  EXPECT_DOUBLE_EQ(ago("2026-02-28 12:30:00"), 1800);
  EXPECT_DOUBLE_EQ(ago("2026-02-28T11:30:00Z"), 1800);
  EXPECT_DOUBLE_EQ(ago("2026-02-28T13:30:00+02:00"), 1800);
  EXPECT_DOUBLE_EQ(ago("2026-02-28"), 13 * 3600);
  EXPECT_DOUBLE_EQ(ago("@1772279990"), 10);
}

TEST_F(Since, AnythingElseIsRefused) {
  for (const char* text :
       {"", "10", "m", "10x", "1h-3m", "-5m", "yesterday", "25:99", "2026-13-40", "@", "@1x", "12:30x"})
    EXPECT_EQ(parse_since(text, now), std::nullopt) << text;
}

}  // namespace
}  // namespace nsbuild::cli
