// Services that are done when their command is.
#include "engine/service/control.hpp"
#include "tests/engine/service_world.hpp"

#include <csignal>
#include <thread>

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

namespace nsbuild::engine::testing {
namespace {

using planner::RunState;
using ::testing::HasSubstr;
using ::testing::StartsWith;

planner::Service oneshot(const std::string& script) {
  planner::Service made = shell_service("job", script);
  made.oneshot = true;
  made.state = RunState::completed;
  return made;
}

TEST(ServiceOneshot, ItsStepEndsWithItsCommandAndItsInitStays) {
  in_world([] {
    make_place("server");
    Services services("t");
    const planner::Service job = oneshot("sleep 0.3; echo done");
    ASSERT_EQ("", run(services, create(job)));
    EXPECT_EQ("done\n", log_of("job")) << "not before its end";
    EXPECT_EQ(job, only_one().spec);
    EXPECT_EQ(RunState::completed, only_one().spec.state);
    EXPECT_FALSE(gone(only_one().init));
    EXPECT_EQ("", run(services, remove(job)));
  });
}

TEST(ServiceOneshot, AFailureIsItsExitAndItRunsAgain) {
  in_world([] {
    make_place("server");
    Services services("t");
    EXPECT_THAT(run(services, create(oneshot("exit 3"))), StartsWith("service job: exit code 3 (topo.yaml:12)"));
    EXPECT_EQ(RunState::exited, only_one().spec.state);
    EXPECT_EQ("exit code 3", only_one().spec.exit);
    const planner::Service failed = only_one().spec;
    planner::Service wish = oneshot("exit 3");
    EXPECT_THAT(run(services, change(failed, wish)), StartsWith("service job: exit code 3 (topo.yaml:12)"));
    EXPECT_EQ(2U, only_one().starts);
    EXPECT_THAT(run(services, change(failed, oneshot("kill -TERM $$"))),
                StartsWith("service job: signal 15 (Terminated) (topo.yaml:12)"));
    EXPECT_EQ("", run(services, change(only_one().spec, oneshot("exit 0"))));
    EXPECT_EQ(4U, only_one().starts);
    EXPECT_EQ(RunState::completed, only_one().spec.state);
  });
}

TEST(ServiceOneshot, OneThatCannotStartLeavesNothing) {
  in_world([] {
    make_place("server");
    Services services("t");
    planner::Service job = oneshot("");
    job.command = {"no-such"};
    EXPECT_THAT(run(services, create(job)), HasSubstr("exec no-such: No such file or directory (ENOENT)"));
    EXPECT_EQ(0U, find_services("t").size());
  });
}

TEST(ServiceOneshot, OneThatAKilledApplyLeftIsWaitedFor) {
  in_world([] {
    make_place("server");
    const planner::Service job = oneshot("echo run; until [ -e /tmp/go ]; do sleep 0.01; done; exit $(cat /tmp/go)");
    const pid_t starter = fork();
    if (starter == 0) {
      Services services("t");
      run(services, create(job));
      _exit(0);
    }
    log_with("job", "run");
    kill(starter, SIGKILL);
    waitpid(starter, nullptr, 0);
    EXPECT_EQ(RunState::running, only_one().spec.state);
    const planner::Service found = only_one().spec;
    std::thread later([] {
      usleep(300000);
      EXPECT_EQ(0, std::system("echo 5 >/tmp/go_; mv /tmp/go_ /tmp/go"));
    });
    Services services("t");
    EXPECT_THAT(run(services, change(found, job)), StartsWith("service job: exit code 5 (topo.yaml:12)"));
    later.join();
    EXPECT_EQ(1U, only_one().starts);
    EXPECT_THAT(run(services, change(found, job)), StartsWith("service job: exit code 5 (topo.yaml:12)"))
        << "it ended between the look and the order";
    EXPECT_EQ("run\n", log_of("job"));
  });
}

TEST(ServiceOneshot, TriesAsOftenAsItsPolicySays) {
  in_world([] {
    make_place("server");
    Services services("t");
    planner::Service job = oneshot("echo x >>/tmp/tries; [ $(wc -l </tmp/tries) = 3 ]");
    job.restart = specs::RestartPolicy::on_failure;
    EXPECT_EQ("", run(services, create(job)));
    EXPECT_EQ(3U, only_one().starts);
    planner::Service never = oneshot("exit 9");
    never.restart = specs::RestartPolicy::on_failure;
    never.restart_attempts = 1;
    EXPECT_THAT(run(services, change(job, never)), StartsWith("service job: exit code 9 (topo.yaml:12)"));
    EXPECT_EQ(5U, only_one().starts);
  });
}

TEST(ServiceOneshot, StartRunsItAgainAndWaits) {
  in_world([] {
    make_place("server");
    Services services("t");
    ASSERT_EQ("", run(services, create(oneshot("sleep 0.2; echo run; [ ! -e /tmp/fail ]"))));
    EXPECT_EQ("", control_service("t", "job", Control::start).error);
    EXPECT_EQ("run\nrun\n", log_of("job"));
    EXPECT_EQ(0, std::system("touch /tmp/fail"));
    EXPECT_EQ("service job: exit code 1", control_service("t", "job", Control::start).error);
  });
}

TEST(ServiceOneshot, OneThatIsAbandonedIsStartedButNotWaitedFor) {
  in_world([] {
    make_place("server");
    Services services("t");
    const auto is_given_up = [&](const planner::Step& step) {
      std::vector<Outcome> ended;
      services.submit({0, &step});
      services.abandon();
      return eventually([&] { return !(ended = services.reap()).empty(); }) &&
             ended.front().kind == Outcome::Kind::given_up;
    };
    EXPECT_TRUE(is_given_up(create(oneshot("exec sleep 1000"))));
    EXPECT_EQ(RunState::running, only_one().spec.state);
    planner::Service joined = oneshot("exec sleep 1000");
    joined.name = "other";
    joined.join = "job";
    EXPECT_TRUE(is_given_up(create(joined)));
    EXPECT_EQ(2U, find_services("t").size());
    EXPECT_EQ("", run(services, create(sleeper()))) << "what is no oneshot is started as ever";
  });
}

TEST(ServiceOneshot, ALaterOrderIsToldToWhoWaits) {
  in_world([] {
    make_place("server");
    Services services("t");
    const planner::Step step = create(oneshot("echo run; exec sleep 1000"));
    std::thread stopper([] {
      log_with("job", "run");
      EXPECT_EQ("", control_service("t", "job", Control::stop).error);
    });
    EXPECT_THAT(run(services, step), StartsWith("service job: superseded by a later order (topo.yaml:12)"));
    stopper.join();
  });
}

}  // namespace
}  // namespace nsbuild::engine::testing
