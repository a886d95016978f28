// What a starter that is killed leaves, and whose services are whose.
#include "engine/service/control.hpp"
#include "engine/service/find.hpp"
#include "tests/engine/service_world.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <functional>

#include <gmock/gmock.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

namespace nsbuild::engine::testing {
namespace {

using planner::RunState;
using ::testing::Each;
using ::testing::SizeIs;

/// Four services, and one that joins the first of them.
std::vector<planner::Step> starts() {
  std::vector<planner::Step> steps;
  for (const char* name : {"a", "b", "c", "d"}) steps.push_back(create(sleeper(name)));
  return steps;
}

planner::Step start_of_joined() {
  planner::Service joined = sleeper("e");
  joined.join = "a";
  return create(joined);
}

bool is_there(const std::vector<RunningService>& found, const std::string& name) {
  return std::any_of(found.begin(), found.end(), [&](const auto& one) { return one.spec.name == name; });
}

/// What an apply does next: it looks at once, and starts what it does not find.
void start_the_rest() {
  end_half_started("t");
  const std::vector<RunningService> found = find_services("t");
  std::vector<planner::Step> missing = starts();
  std::erase_if(missing, [&](const auto& step) { return is_there(found, step.key().id); });
  Services services("t");
  EXPECT_THAT(run(services, missing), Each("")) << found.size() << " were found";
  if (is_there(found, "e")) return;
  EXPECT_EQ("", run(services, start_of_joined()));
}

TEST(ServiceCrash, KillingTheStarterAtAnyInstantLeavesNothingHalfMade) {
  in_world([] {
    make_place("server");
    for (int i = 0; i < 40; ++i) {
      const pid_t starter = fork();
      if (starter == 0) {
        Services services("t");
        run(services, starts());
        run(services, start_of_joined());
        pause();
      }
      usleep(static_cast<useconds_t>(i * 400));
      kill(starter, SIGKILL);
      waitpid(starter, nullptr, 0);
      start_the_rest();
      const std::vector<RunningService> found = find_services("t");
      EXPECT_THAT(found, SizeIs(5)) << "after " << i * 400 << " us";
      for (const RunningService& one : found) EXPECT_EQ(RunState::running, one.spec.state);
      EXPECT_TRUE(eventually([] { return processes_called("nsbuild-spawner") == 0; }));
      EXPECT_TRUE(eventually([] { return processes_called("nsbuild-init") == 4; })) << "none is there twice";
      EXPECT_TRUE(eventually([] { return processes_called("nsbuild-joined") == 1; }));
      Services services("t");
      std::vector<planner::Step> removals;
      for (const RunningService& one : found) removals.push_back(remove(one.spec));
      EXPECT_THAT(run(services, removals), Each(""));
      EXPECT_TRUE(eventually([] { return processes_called("nsbuild-init") == 0; }))
          << "reaped in its parent's own time";
    }
  });
}

/// Runs in new namespaces of these kinds with a /run of its own, and stays there until the world ends.
void elsewhere(int kinds, const std::function<void()>& body) {
  int ready[2];
  ASSERT_EQ(0, pipe(ready));
  if (fork() == 0) {
    if (unshare(kinds) != 0) _exit(1);
    if (fork() != 0) close(ready[1]), pause();
    mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
    if ((kinds & CLONE_NEWPID) != 0) mount("proc", "/proc", "proc", 0, nullptr);
    if (mount("tmpfs", "/run", "tmpfs", 0, nullptr) != 0) _exit(1);
    body();
    (void)!write(ready[1], "", 1);
    pause();
  }
  char byte = 0;
  close(ready[1]);
  EXPECT_EQ(1, read(ready[0], &byte, 1)) << "not ready";
  close(ready[0]);
}

class ServiceOfAContainer : public ::testing::TestWithParam<int> {};

/// Neither with PID namespaces of its own nor in the machine's.
TEST_P(ServiceOfAContainer, IsNotOursThoughLabAndRunDirectoryHaveTheSameName) {
  in_world([] {
    make_place("server");
    {
      Services services("t");
      ASSERT_EQ("", run(services, create(sleeper("own"))));
    }
    elsewhere(GetParam(), [] {
      make_place("server");
      auto* there = new Services("t");
      EXPECT_EQ("", run(*there, create(sleeper("theirs"))));
      EXPECT_TRUE(is_there(find_services("t"), "theirs"));
      EXPECT_FALSE(is_there(find_services("t"), "own"));
      if (::testing::Test::HasFailure()) _exit(1);
    });
    EXPECT_TRUE(is_there(find_services("t"), "own"));
    EXPECT_FALSE(is_there(find_services("t"), "theirs"));
    EXPECT_FALSE(is_there(find_services(""), "theirs"));
  });
}

INSTANTIATE_TEST_SUITE_P(Kinds, ServiceOfAContainer,
                         ::testing::Values(CLONE_NEWNS | CLONE_NEWNET, CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID));

TEST(ServiceCrash, AServiceStaysOursWhenItsPinOrItsRunDirectoryHasGone) {
  in_world([] {
    make_place("server");
    Services services("t");
    ASSERT_EQ("", run(services, create(sleeper())));
    ASSERT_EQ(0, std::system("rm -r /run/nsbuild"));
    EXPECT_EQ("server", only_one().spec.place);
    ASSERT_EQ(0, umount2("/run/netns/t.server", MNT_DETACH));
    EXPECT_EQ("?", only_one().spec.place);
  });
}

/// nsbuild may itself run in a container, whose PID namespace is not the machine's first.
TEST(ServiceCrash, AContainersOwnServicesAreFoundInIt) {
  in_world([] {
    elsewhere(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID, [] {
      make_place("server");
      Services services("t");
      EXPECT_EQ("", run(services, create(sleeper())));
      umount2("/run/netns/t.server", MNT_DETACH);
      EXPECT_EQ("?", only_one().spec.place);
      if (::testing::Test::HasFailure()) _exit(1);
    });
  });
}

}  // namespace
}  // namespace nsbuild::engine::testing
