// What a look at other processes says when it cannot look.
#include "engine/holders.hpp"

#include "engine/error.hpp"
#include "engine/journal.hpp"
#include "tests/engine/no_descriptors.hpp"

#include <algorithm>
#include <cerrno>
#include <future>
#include <thread>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace nsbuild::engine {
namespace {

/// Waits while this lives.
class SecondThread {
 public:
  SecondThread() : thread_([this] { end_.get_future().wait(); }) {}
  ~SecondThread() {
    end_.set_value();
    thread_.join();
  }
  SecondThread(const SecondThread&) = delete;
  SecondThread& operator=(const SecondThread&) = delete;

 private:
  std::promise<void> end_;
  std::thread thread_;
};

pid_t ended_process() {
  const pid_t pid = fork();
  if (pid == 0) _exit(0);
  waitpid(pid, nullptr, 0);
  return pid;
}

TEST(Holders, WhatCannotBeSeenIsNotNothing) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "UBSan, which is built in with ASan, asks by a pipe whether a stream's memory is there";
#endif
  EXPECT_EQ(testing::code_without_descriptors([] { processes(); }), EMFILE);
  EXPECT_EQ(testing::code_without_descriptors([] { namespace_mounts(); }), EMFILE);
  EXPECT_EQ(testing::code_without_descriptors([] { boot_id(); }), EMFILE);
  const std::string self = process_identity(getpid());
  EXPECT_EQ(testing::code_without_descriptors([&] { has_ended(self); }), EMFILE);
  const SecondThread second;  // those of a process of one thread are seen without a descriptor
  EXPECT_EQ(testing::code_without_descriptors([] { namespaces_of(getpid()); }), EMFILE);
  EXPECT_EQ(testing::code_without_descriptors([] { namespaces_open_in(getpid()); }), EMFILE);
  EXPECT_EQ(testing::code_without_descriptors([] { open_namespace("/proc/self/ns/net"); }), EMFILE);
}

TEST(Holders, WhoIsGoneHoldsNothing) {
  const pid_t gone = ended_process();
  EXPECT_TRUE(namespaces_of(gone).empty());
  EXPECT_TRUE(namespaces_open_in(gone).empty());
  EXPECT_FALSE(open_namespace("/proc/" + std::to_string(gone) + "/ns/net"));
}

TEST(Holders, ThisProcessIsSeen) {
  const std::vector<pid_t> all = processes();
  EXPECT_NE(std::find(all.begin(), all.end(), getpid()), all.end());
  const Fd own = open_namespace("/proc/self/ns/net");
  ASSERT_TRUE(own);
  EXPECT_EQ(namespaces_of(getpid()).size(), 1U);
  {
    const SecondThread second;
    EXPECT_EQ(namespaces_of(getpid()).begin()->first, namespaces_open_in(getpid()).begin()->first);
  }
  EXPECT_EQ(namespaces_open_in(getpid()).begin()->first, namespaces_of(getpid()).begin()->first);
}

}  // namespace
}  // namespace nsbuild::engine
