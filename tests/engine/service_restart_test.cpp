// A service whose command ends: started again by its policy, at its pace, without what the last one left behind; and
// how it is asked to end.
#include "engine/rundir.hpp"
#include "engine/service/control.hpp"
#include "engine/service/find.hpp"
#include "tests/engine/service_world.hpp"

#include <csignal>

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

namespace nsbuild::engine::testing {
namespace {

using planner::RunState;
using specs::RestartPolicy;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

planner::Service restarting(const std::string& script, RestartPolicy policy, std::uint32_t attempts = 0) {
  planner::Service made = shell_service("web", script);
  made.restart = policy;
  made.restart_attempts = attempts;
  return made;
}

TEST(ServiceRestart, ACrashIsFollowedByAStartUnderTheSameInit) {
  in_world([] {
    make_place("server");
    Services services("t");
    const std::string script = "[ -e /tmp/go ] && exec sleep 1000; kill -SEGV $$";
    ASSERT_EQ("", run(services, create(restarting(script, RestartPolicy::on_failure))));
    RunningService waiting;
    ASSERT_TRUE(eventually([&] { return (waiting = only_one()).spec.state == RunState::restarting; }));
    EXPECT_EQ("signal 11 (Segmentation fault)", waiting.spec.exit);
    EXPECT_EQ(0, waiting.pid);
    EXPECT_GE(waiting.next_start, waiting.started_at + 100000000);
    go_on();
    ASSERT_TRUE(eventually([] { return processes_called("sleep") == 1; }));
    EXPECT_TRUE(eventually([] { return only_one().spec.state == RunState::running; }))
        << "which is said after the start";
    EXPECT_GT(only_one().starts, waiting.starts);
    EXPECT_EQ(waiting.init, only_one().init);
    EXPECT_GE(only_one().started_at, waiting.next_start);
    EXPECT_EQ(0, only_one().next_start);
  });
}

TEST(ServiceRestart, OnFailureGivesUpAfterItsAttemptsAndLeavesSuccessAlone) {
  in_world([] {
    make_place("server");
    Services services("t");
    const std::int64_t start = boottime();
    ASSERT_EQ("", run(services, create(restarting("echo run; exit 7", RestartPolicy::on_failure, 2))));
    ASSERT_TRUE(eventually([] { return only_one().spec.state == RunState::exited; }));
    EXPECT_GE(boottime() - start, 300000000) << "100 and 200 ms between the runs";
    EXPECT_EQ(3U, only_one().starts);
    EXPECT_EQ("exit code 7", only_one().spec.exit);
    EXPECT_EQ("run\nrun\nrun\n", log_of("web"));
    ASSERT_EQ("", run(services, remove(only_one().spec)));
    ASSERT_EQ("", run(services, create(restarting("exit 0", RestartPolicy::on_failure))));
    ASSERT_TRUE(eventually([] { return only_one().spec.state == RunState::exited; }));
    usleep(200000);
    EXPECT_EQ(1U, only_one().starts);
  });
}

TEST(ServiceRestart, AlwaysMeansAfterSuccessTooWithGrowingPauses) {
  in_world([] {
    make_place("server");
    Services services("t");
    ASSERT_EQ("", run(services, create(restarting("date +%s%3N; exit 0", RestartPolicy::always))));
    ASSERT_TRUE(eventually([] { return only_one().starts >= 5; }));
    std::istringstream times(log_of("web"));
    std::vector<long> at;
    for (long time = 0; times >> time;) at.push_back(time);
    ASSERT_GE(at.size(), 4U);
    EXPECT_GE(at[1] - at[0], 95);
    EXPECT_GE(at[2] - at[1], 195);
    EXPECT_GE(at[3] - at[2], 395);
  });
}

TEST(ServiceRestart, ACommandThatHasVanishedIsAFailureAndNothingSpins) {
  in_world([] {
    make_place("server");
    Services services("t");
    planner::Service web = service("web", {"/bin/sh", "-c", "rm /srv/x; exit 1"});
    web.mounts = {{specs::MountType::tmpfs, "", "/srv", false, "", {}, ""}};
    web.files = {{"/srv/x", "#!/bin/sh\nrm /srv/x\n", 0755, ""}};
    web.command = {"/srv/x"};
    web.restart = RestartPolicy::always;
    ASSERT_EQ("", run(services, create(web)));
    ASSERT_TRUE(eventually([] { return only_one().spec.exit == "exit code 127"; }));
    EXPECT_EQ(RunState::restarting, only_one().spec.state);
    const auto cpu = [] { return std::stoull(read_file("/proc/" + std::to_string(only_one().init) + "/schedstat")); };
    const auto before = cpu();
    usleep(1000000);
    EXPECT_LT(cpu() - before, 50000000U) << "ns of CPU time in a second";
    EXPECT_EQ(1U, only_one().starts);
    EXPECT_EQ("", run(services, remove(web)));
  });
}

TEST(ServiceRestart, WhatTheDeadCommandLeftBehindEndsFirst) {
  in_world([] {
    make_place("server");
    Services services("t");
    const std::string daemons =
        "sh -c 'setsid sh -c \"setsid sleep 1111 & exec sleep 1112\" & exit 0'; "
        "until pgrep -x sleep -c | grep -qx 2; do sleep 0.01; done; echo $(pgrep -c sleep); exec sleep 1113";
    planner::Service web = restarting(daemons, RestartPolicy::on_failure);
    ASSERT_EQ("", run(services, create(web)));
    ASSERT_TRUE(eventually([] { return processes_called("sleep") == 3; }));
    kill(only_one().pid, SIGKILL);
    ASSERT_TRUE(eventually([] { return only_one().starts == 2 && processes_called("sleep") == 3; }));
    EXPECT_EQ("", control_service("t", "web", Control::stop).error);
    EXPECT_EQ(0U, processes_called("sleep")) << "stop is over when all has ended";
    EXPECT_EQ("", control_service("t", "web", Control::start).error);
    ASSERT_TRUE(eventually([] { return processes_called("sleep") == 3; }));
    EXPECT_EQ("", run(services, remove(web)));
    EXPECT_EQ(0U, processes_called("sleep"));
  });
}

TEST(ServiceRestart, WhoWasLetInFromOutsideStays) {
  in_world([] {
    make_place("server");
    Services services("t");
    planner::Service web = sleeper();
    ASSERT_EQ("", run(services, create(web)));
    const std::string init = std::to_string(only_one().init);
    const pid_t visitor = fork();
    if (visitor == 0) execlp("nsenter", "nsenter", "-t", init.c_str(), "-a", "sh", "-c", "exec sleep 4321", nullptr);
    ASSERT_TRUE(eventually([] { return processes_of(only_one()).size() == 3; }));
    EXPECT_EQ("", control_service("t", "web", Control::restart).error);
    EXPECT_EQ(0, waitpid(visitor, nullptr, WNOHANG)) << "still there";
    EXPECT_EQ(2U, only_one().starts);
    EXPECT_EQ("", run(services, remove(web)));
    int status = 0;
    waitpid(visitor, &status, 0);
  });
}

TEST(ServiceRestart, StopAndStartAreOrdersAndStopEndsTheWaiting) {
  in_world([] {
    make_place("server");
    Services services("t");
    ASSERT_EQ("", run(services, create(restarting("exit 1", RestartPolicy::on_failure))));
    ASSERT_TRUE(eventually([] { return only_one().starts == 3; }));
    EXPECT_EQ("", control_service("t", "web", Control::stop).error);
    EXPECT_EQ(RunState::stopped, only_one().spec.state);
    const std::uint64_t starts = only_one().starts;
    usleep(500000);
    EXPECT_EQ(starts, only_one().starts);
    EXPECT_EQ("", control_service("t", "web", Control::stop).error);
    EXPECT_EQ("", control_service("t", "web", Control::start).error);
    EXPECT_EQ(starts + 1, only_one().starts);
    EXPECT_EQ("service no: is not there", control_service("t", "no", Control::start).error);
  });
}

TEST(ServiceRestart, StartOfARunningOneIsNothingAndRestartAnotherProcess) {
  in_world([] {
    make_place("server");
    Services services("t");
    ASSERT_EQ("", run(services, create(sleeper())));
    const RunningService before = only_one();
    EXPECT_EQ("", control_service("t", "web", Control::start).error);
    EXPECT_EQ(before.pid, only_one().pid);
    EXPECT_EQ("", control_service("t", "web", Control::restart).error);
    EXPECT_NE(before.pid, only_one().pid);
    EXPECT_EQ(before.init, only_one().init);
    EXPECT_EQ(before.spec, only_one().spec);
  });
}

TEST(ServiceRestart, ItsOwnSignalAndTimeToStop) {
  in_world([] {
    make_place("server");
    Services services("t");
    planner::Service polite = shell_service(
        "web", "trap 'echo quit; exit 0' QUIT; trap 'echo term' TERM; echo end; while :; do sleep 0.02; done");
    polite.stop_signal = SIGQUIT;
    ASSERT_EQ("", run(services, create(polite)));
    log_with("web", "end");
    EXPECT_EQ("", control_service("t", "web", Control::stop).error);
    EXPECT_THAT(log_of("web"), AllOf(HasSubstr("\nquit\n"), Not(HasSubstr("term"))));
    ASSERT_EQ("", run(services, remove(polite)));
    planner::Service deaf = shell_service("deaf", "trap '' TERM; echo end; while :; do sleep 0.02; done");
    deaf.stop_timeout = 300;
    ASSERT_EQ("", run(services, create(deaf)));
    log_with("deaf", "end");
    const std::int64_t asked = boottime();
    EXPECT_EQ("", control_service("t", "deaf", Control::stop).error);
    EXPECT_GE(boottime() - asked, 300000000) << "not before its time is over";
    EXPECT_EQ("signal 9 (Killed)", exit_text(only_one().exit_status));
    EXPECT_EQ("", control_service("t", "deaf", Control::start).error);
    EXPECT_EQ("", run(services, remove(deaf)));
    EXPECT_THAT(find_services("t"), SizeIs(0));
  });
}

TEST(ServiceRestart, APolicyIsTakenWithoutTouchingTheProcess) {
  in_world([] {
    make_place("server");
    Services services("t");
    const planner::Service before = sleeper();
    ASSERT_EQ("", run(services, create(before)));
    const pid_t pid = only_one().pid;
    planner::Service after = before;
    after.restart = RestartPolicy::always;
    after.stop_timeout = 100;
    ASSERT_EQ("", run(services, change(before, after)));
    EXPECT_EQ(pid, only_one().pid);
    EXPECT_EQ(after, only_one().spec);
    kill(pid, SIGKILL);
    EXPECT_TRUE(eventually([] { return only_one().starts == 2; }));
  });
}

TEST(ServiceRestart, WhatWasFoundReadyIsRemembered) {
  in_world([] {
    make_place("server");
    Services services("t");
    ASSERT_EQ("", run(services, create(sleeper())));
    EXPECT_EQ(0U, only_one().ready_starts);
    const Fd init = open_init(only_one().init, "t", "web");
    EXPECT_EQ("", confirm_ready(init, 1, 0xfedcba9876543210U));
    EXPECT_EQ(1U, only_one().ready_starts);
    EXPECT_EQ(0xfedcba9876543210U, only_one().ready_hash);
    EXPECT_EQ("", control_service("t", "web", Control::restart).error);
    EXPECT_EQ(2U, only_one().starts);
    EXPECT_EQ(1U, only_one().ready_starts) << "that was another process";
    ASSERT_EQ("", run(services, remove(sleeper())));
    EXPECT_NE("", confirm_ready(init, 1, 1)) << "it has gone";
  });
}

}  // namespace
}  // namespace nsbuild::engine::testing
