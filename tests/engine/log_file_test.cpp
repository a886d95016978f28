// Where a log begins to be read.
#include "engine/service/log_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

namespace nsbuild::engine {
namespace {

Fd log_of(const std::string& text) {
  Fd fd(memfd_create("log", MFD_CLOEXEC));
  EXPECT_EQ(static_cast<ssize_t>(text.size()), write(fd.get(), text.data(), text.size()));
  return fd;
}

std::string from(const Fd& log, std::uint64_t at) {
  std::string text(1U << 20U, '\0');
  text.resize(static_cast<std::size_t>(pread(log.get(), text.data(), text.size(), static_cast<off_t>(at))));
  return text;
}

WallTime at(std::int64_t seconds) { return WallTime(std::chrono::seconds(seconds)); }
init::LogTime noted(std::int64_t seconds, std::uint64_t size) { return {seconds * 1'000'000'000, size}; }

TEST(LogFile, TheLastLines) {
  const Fd log = log_of("one\ntwo\nthree\n");
  EXPECT_EQ("three\n", from(log, last_lines(log, 0, 1)));
  EXPECT_EQ("two\nthree\n", from(log, last_lines(log, 0, 2)));
  EXPECT_EQ("one\ntwo\nthree\n", from(log, last_lines(log, 0, 9)));
  EXPECT_EQ("", from(log, last_lines(log, 0, 0)));
  EXPECT_EQ("three\n", from(log, last_lines(log, 8, 9))) << "not before where it may begin";
  EXPECT_EQ("", from(log_of(""), last_lines(log_of(""), 0, 3)));
  const Fd open_end = log_of("one\ntwo\nprompt> ");
  EXPECT_EQ("prompt> ", from(open_end, last_lines(open_end, 0, 1)));
  EXPECT_EQ("two\nprompt> ", from(open_end, last_lines(open_end, 0, 2)));
}

TEST(LogFile, TheLastLinesOfALongLog) {
  std::string text;
  for (int i = 0; i < 50000; ++i) text += std::to_string(i) + "\n";
  const Fd log = log_of(text);
  const std::string last = from(log, last_lines(log, 0, 20000));
  EXPECT_TRUE(last.starts_with("30000\n")) << last.substr(0, 10);
}

TEST(LogFile, LinesSince) {
  const Fd log = log_of("one\ntwo\nthree\n");
  const std::vector<init::LogTime> times{noted(100, 4), noted(110, 10), noted(120, 14)};
  EXPECT_EQ("one\ntwo\nthree\n", from(log, lines_since(log, times, 0, at(99))));
  EXPECT_EQ("two\nthree\n", from(log, lines_since(log, times, 0, at(100))));
  EXPECT_EQ("two\nthree\n", from(log, lines_since(log, times, 0, at(109))));
  EXPECT_EQ("three\n", from(log, lines_since(log, times, 0, at(115)))) << "its begin was older, its end was not";
  EXPECT_EQ("", from(log, lines_since(log, times, 0, at(125))));
  EXPECT_EQ("one\ntwo\nthree\n", from(log, lines_since(log, {}, 0, at(125)))) << "nothing is known";
}

TEST(LogFile, WhatWasGivenBackIsNoLine) {
  std::string text;
  for (int i = 0; i < 50000; ++i) text += "line " + std::to_string(i) + "\n";
  const Fd log = log_of(text);
  EXPECT_EQ(0U, first_line(log));
  ASSERT_EQ(0, fallocate(log.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 8 * 65536));
  const std::string rest = from(log, first_line(log));
  EXPECT_TRUE(rest.starts_with("line ")) << rest.substr(0, 10);
  EXPECT_TRUE(text.ends_with("\n" + rest));
  EXPECT_GT(rest.size(), text.size() - 8 * 65536 - 20);
}

}  // namespace
}  // namespace nsbuild::engine
