// Where a log begins to be read, over both of its files; and what an init notes of when it was how long.
#include "engine/service/log_file.hpp"

#include "engine/init/log_times.hpp"

#include <memory>

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nsbuild::engine {
namespace {

Fd file_of(const std::string& text) {
  Fd fd(memfd_create("log", MFD_CLOEXEC));
  EXPECT_EQ(static_cast<ssize_t>(text.size()), write(fd.get(), text.data(), text.size()));
  return fd;
}

Log log_of(const std::string& text) { return {Fd(), file_of(text)}; }
Log log_of(const std::string& older, const std::string& newer) { return {file_of(older), file_of(newer)}; }

std::string from(const Log& log, std::uint64_t at) {
  std::string text;
  for (std::string more; !(more = log.read(at + text.size())).empty();) text += more;
  return text;
}

std::string numbers(int first, int end) {
  std::string text;
  for (int i = first; i < end; ++i) text += std::to_string(i) + "\n";
  return text;
}

WallTime at(std::int64_t seconds) { return WallTime(std::chrono::seconds(seconds)); }
constexpr std::int64_t second = 1'000'000'000;

TEST(LogFile, TheLastLines) {
  const Log log = log_of("one\ntwo\nthree\n");
  EXPECT_EQ("three\n", from(log, last_lines(log, 0, 1)));
  EXPECT_EQ("two\nthree\n", from(log, last_lines(log, 0, 2)));
  EXPECT_EQ("one\ntwo\nthree\n", from(log, last_lines(log, 0, 9)));
  EXPECT_EQ("", from(log, last_lines(log, 0, 0)));
  EXPECT_EQ("three\n", from(log, last_lines(log, 8, 9))) << "not before where it may begin";
  EXPECT_EQ("", from(log_of(""), last_lines(log_of(""), 0, 3)));
  const Log open_end = log_of("one\ntwo\nprompt> ");
  EXPECT_EQ("prompt> ", from(open_end, last_lines(open_end, 0, 1)));
  EXPECT_EQ("two\nprompt> ", from(open_end, last_lines(open_end, 0, 2)));
}

TEST(LogFile, TwoFilesAreOneText) {
  const Log log = log_of("one\ntw", "o\nthree\n");
  EXPECT_EQ(14U, log.size());
  EXPECT_EQ("one\ntwo\nthree\n", from(log, 0));
  EXPECT_EQ("wo\nth", log.read(5, 10)) << "across";
  EXPECT_EQ("o\nthree\n", from(log, 6));
  EXPECT_EQ("", log.read(14));
  EXPECT_EQ("", log.read(99));
  EXPECT_EQ("two\nthree\n", from(log, last_lines(log, 0, 2)));
  EXPECT_EQ("one\ntw", from({file_of("one\ntw"), Fd()}, 0)) << "the newer one has not been made yet";
}

TEST(LogFile, TheLastLinesOfALongLog) {
  const Log log = log_of(numbers(0, 30100), numbers(30100, 50000));
  const std::string last = from(log, last_lines(log, 0, 20000));
  EXPECT_EQ(numbers(30000, 50000), last);
}

TEST(LogFile, APlaceStaysWhereItIsWhenItsFileIsPutAside) {
  const Fd first = file_of("one\ntwo\n");
  const Fd second_file = file_of("three\n");
  const auto again = [](const Fd& file) { return Fd(dup(file.get())); };
  const Log before(Fd(), again(first));
  const Log after(again(first), again(second_file));
  const Log later(again(second_file), file_of("four\n"));
  const init::LogPlace place = before.place(4);
  EXPECT_EQ("two\n", from(before, before.position(place)));
  EXPECT_EQ("two\nthree\n", from(after, after.position(place)));
  EXPECT_EQ("three\n", from(after, after.position(before.place(8))));
  EXPECT_EQ("three\nfour\n", from(later, later.position(place))) << "all that is kept is newer";
  EXPECT_EQ("three\nfour\n", from(later, later.position({}))) << "of no file";
  EXPECT_EQ(10U, after.position(after.place(10)));
  EXPECT_EQ(8U, after.position({after.place(10).inode, 1000})) << "it was cut";
  EXPECT_TRUE(before.is_same(Log(Fd(), again(first))));
  EXPECT_FALSE(before.is_same(after));
  EXPECT_FALSE(after.has_lost_end_of(before));
  EXPECT_TRUE(Log(again(first), Fd()).has_lost_end_of(after));
  EXPECT_FALSE(Log(again(first), Fd()).has_lost_end_of(before)) << "just put aside";
}

TEST(LogFile, LinesSince) {
  const Log log = log_of("one\ntwo\nthree\n");
  const auto noted = [&](std::int64_t seconds, std::uint64_t position) {
    return init::LogTime{seconds * second, log.place(position)};
  };
  const std::vector<init::LogTime> times{noted(100, 4), noted(110, 10), noted(120, 14)};
  EXPECT_EQ("one\ntwo\nthree\n", from(log, lines_since(log, times, at(99))));
  EXPECT_EQ("two\nthree\n", from(log, lines_since(log, times, at(100))));
  EXPECT_EQ("two\nthree\n", from(log, lines_since(log, times, at(109))));
  EXPECT_EQ("three\n", from(log, lines_since(log, times, at(115)))) << "its begin was older, its end was not";
  EXPECT_EQ("", from(log, lines_since(log, times, at(125))));
  EXPECT_EQ("one\ntwo\nthree\n", from(log, lines_since(log, {}, at(125)))) << "nothing is known";
  EXPECT_EQ("one\ntwo\nthree\n", from(log, lines_since(log, {{0, {1, 8}}}, at(125)))) << "of a file that has gone";
}

TEST(LogTimes, ThoseOfAFileThatIsDroppedGo) {
  const auto times = std::make_unique<init::LogTimes>();
  note_time(*times, {1, {7, 10}}, 0);
  note_time(*times, {2, {7, 20}}, 0);
  note_time(*times, {3, {8, 5}}, 7);
  ASSERT_EQ(3U, times->count);
  note_time(*times, {4, {7, 5}}, 8);  // the inode of the first file again
  ASSERT_EQ(2U, times->count);
  EXPECT_EQ(3, times->all[0].at);
  EXPECT_EQ(4, times->all[1].at);
  EXPECT_EQ(0U, times->sequence % 2);
}

/// Ten times a second, for as long as ten lists would last.
TEST(LogTimes, OldOnesGetFurtherApartAndNewOnesStay) {
  const auto times = std::make_unique<init::LogTimes>();
  constexpr std::int64_t count = 10 * std::int64_t{init::LogTimes::max};
  for (std::int64_t i = 0; i < count; ++i) note_time(*times, {i * second / 10, {7, static_cast<std::uint64_t>(i)}}, 0);
  ASSERT_LE(times->count, init::LogTimes::max);
  EXPECT_EQ(0, times->all[0].at);
  for (std::uint32_t i = 1; i < times->count; ++i) {
    const std::int64_t apart = times->all[i].at - times->all[i - 1].at;
    EXPECT_GT(apart, 0);
    const bool is_new = times->count - i < init::LogTimes::max / 2;
    EXPECT_LE(apart, is_new ? second / 10 : 8 * second) << i;
  }
  EXPECT_EQ((count - 1) * second / 10, times->all[times->count - 1].at);
}

/// A clock that is set back gives no order; a full list must take one more all the same.
TEST(LogTimes, TakesWhateverTheClockSays) {
  const auto times = std::make_unique<init::LogTimes>();
  for (std::uint64_t i = 0; i < 3 * std::uint64_t{init::LogTimes::max}; ++i)
    note_time(*times, {-static_cast<std::int64_t>(i) * second, {7, i}}, 0);
  EXPECT_LE(times->count, init::LogTimes::max);
}

}  // namespace
}  // namespace nsbuild::engine
