// What a look at other processes says when it cannot look.
#include "engine/holders.hpp"

#include "engine/error.hpp"

#include <algorithm>
#include <cerrno>
#include <functional>
#include <future>
#include <thread>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace nsbuild::engine {
namespace {

/// No further descriptor can be opened while this lives.
class NoDescriptors {
 public:
  NoDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit none{0, before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

int code_of(const std::function<void()>& look) {
  const NoDescriptors scarcity;
  try {
    look();
  } catch (const SysError& error) {
    return error.code();
  }
  return 0;
}

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
  EXPECT_EQ(code_of([] { processes(); }), EMFILE);
  const SecondThread second;  // those of a process of one thread are seen without a descriptor
  EXPECT_EQ(code_of([] { namespaces_of(getpid()); }), EMFILE);
  EXPECT_EQ(code_of([] { namespaces_open_in(getpid()); }), EMFILE);
  EXPECT_EQ(code_of([] { open_namespace("/proc/self/ns/net"); }), EMFILE);
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
