// That nothing is there is an answer; that it cannot be seen is none.
#include "engine/listing.hpp"

#include "engine/error.hpp"
#include "engine/lab_files.hpp"
#include "tests/engine/no_descriptors.hpp"

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <utility>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace nsbuild::engine {
namespace {

namespace fs = std::filesystem;

TEST(Listing, NothingIsThere) {
  EXPECT_TRUE(names_in("/no/such/directory").empty());
  EXPECT_TRUE(names_in("/etc/passwd").empty());
  EXPECT_FALSE(is_there("/no/such/directory"));
  EXPECT_FALSE(is_there("/etc/passwd/x"));
  EXPECT_FALSE(is_there("/" + std::string(300, 'x')));
  EXPECT_FALSE(is_directory("/etc/passwd"));
  EXPECT_TRUE(is_directory("/etc"));
}

TEST(Listing, WhatCannotBeSeenIsAnError) {
  EXPECT_EQ(testing::code_without_descriptors([] { names_in("/etc"); }), EMFILE);
  EXPECT_EQ(testing::code_without_descriptors([] { text_of_proc("/proc/self/stat"); }), EMFILE);
}

TEST(Listing, WhatAFileOfProcSays) {
  EXPECT_TRUE(text_of_proc("/proc/self/stat").starts_with(std::to_string(::getpid()) + " ("));
  const std::string mounts = text_of_proc("/proc/self/mountinfo");  // more than one block, as a rule
  EXPECT_TRUE(mounts.ends_with('\n'));
  EXPECT_EQ(text_of_proc("/proc/no/such"), "");
}

TEST(Listing, AProcessThatEndsHasNothingOpen) {
  const pid_t pid = ::fork();
  if (pid == 0)
    for (;;) ::pause();
  const std::string path = "/proc/" + std::to_string(pid) + "/fd";
  Fd opened(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  EXPECT_TRUE(names_in(std::move(opened), path).empty());
  EXPECT_TRUE(names_in(path).empty());
}

TEST(LabFiles, WhatNsbuildMakes) {
  for (const char* name : {"lock", "journal.json", "journal.json.new", "names", "sysctls", "hosts", "log", "overlay",
                           "resolv.conf", "visitor-12-aBcDeF"})
    EXPECT_TRUE(is_lab_file(name)) << name;
  for (const char* name : {"", ".", "lock2", "x.new", "log.new", "Lock", "notes", ".lock"})
    EXPECT_FALSE(is_lab_file(name)) << name;
}

TEST(LabFiles, TheRestStays) {
  const fs::path directory = fs::temp_directory_path() / ("nsbuild-lab-files-" + std::to_string(::getpid()));
  fs::create_directories(directory / "log" / "deep");
  fs::create_directory_symlink("/etc", directory / "hosts");
  std::ofstream(directory / "lock") << "1";
  std::ofstream(directory / "notes") << "mine";
  remove_lab_files(directory);
  EXPECT_EQ(names_in(directory), std::vector<std::string>{"notes"});
  EXPECT_TRUE(fs::exists("/etc/passwd"));
  fs::remove(directory / "notes");
  remove_lab_files(directory);
  EXPECT_FALSE(is_there(directory));
  remove_lab_files(directory);
}

}  // namespace
}  // namespace nsbuild::engine
