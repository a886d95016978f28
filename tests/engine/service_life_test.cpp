// The life of a service after its start: found, replaced, stopped, killed; and what its init does meanwhile.
#include "engine/fd.hpp"
#include "engine/rundir.hpp"
#include "engine/service/find.hpp"
#include "engine/service/memfd.hpp"
#include "engine/service/pidfd.hpp"
#include "engine/service/record.hpp"
#include "tests/engine/service_world.hpp"

#include <algorithm>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

namespace nsbuild::engine::testing {
namespace {

using planner::RunState;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

TEST(ServiceLife, IsFoundWithItsSpecAndState) {
  in_world([] {
    make_place("server");
    planner::Service web = sleeper();
    web.mounts = {{specs::MountType::tmpfs, "", "/srv", true, "1m", 01777U, "nobody"}};
    web.files = {{"/etc/x", std::string("\0\xff\n", 3), 0600, "nobody:nogroup"}};
    const std::int64_t before = boottime();
    Services services("t");
    ASSERT_EQ("", run(services, create(web)));
    const RunningService found = only_one();
    EXPECT_EQ("t", found.lab);
    EXPECT_EQ(web, found.spec);
    EXPECT_EQ(1U, found.starts);
    // The kernel tells the old program's end (vfork(2)) before it shows the new one's words.
    const std::string cmdline = "/proc/" + std::to_string(found.pid) + "/cmdline";
    EXPECT_TRUE(eventually([&] { return read_file(cmdline).starts_with("sleep"); })) << read_file(cmdline);
    EXPECT_GE(found.started_at, before);
    EXPECT_LE(found.started_at, boottime());
    EXPECT_THAT(find_services("other"), SizeIs(0));
    EXPECT_THAT(find_services(""), SizeIs(1));
    setenv("NSBUILD_RUN_DIR", "/run/elsewhere", 1);
    EXPECT_THAT(find_services(""), SizeIs(0)) << "another run directory's services are not ours";
  });
}

TEST(ServiceLife, ANamespaceThatWasMadeAnewIsNotItsPlace) {
  in_world([] {
    make_place("server");
    Services services("t");
    ASSERT_EQ("", run(services, create(sleeper())));
    EXPECT_EQ("server", only_one().spec.place);
    ASSERT_EQ(0, umount2("/run/netns/t.server", MNT_DETACH));
    EXPECT_EQ("?", only_one().spec.place);
    make_place("server");
    EXPECT_EQ("?", only_one().spec.place);
    ASSERT_EQ("", run(services, remove(sleeper())));
    EXPECT_THAT(find_services("t"), SizeIs(0));
  });
}

TEST(ServiceLife, ALookAlikeIsNotFound) {
  in_world([] {
    make_place("server");
    const Fd record = make_record({run_dir(), "t", sleeper()});
    const pid_t child = fork();  // has the record at its number, but is nobody's PID 1
    if (child == 0) {
      dup2(record.get(), init::record_fd);
      pause();
    }
    const Fd unsealed = shared_memfd("nsbuild:t/web@" + run_dir(), "anything");
    const pid_t other = fork();
    if (other == 0) {
      dup2(unsealed.get(), init::record_fd);
      pause();
    }
    usleep(50000);
    EXPECT_THAT(find_services("t"), SizeIs(0));
    for (const pid_t pid : {child, other}) kill(pid, SIGKILL), waitpid(pid, nullptr, 0);
  });
}

TEST(ServiceLife, OutlivesWhoStartedIt) {
  in_world([] {
    make_place("server");
    const pid_t starter = fork();
    if (starter == 0) {
      setsid();
      Services services("t");
      _exit(run(services, create(sleeper())).empty() ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(starter, waitpid(starter, &status, 0));
    ASSERT_EQ(0, status);
    kill(-starter, SIGHUP);
    usleep(20000);
    EXPECT_EQ(RunState::running, only_one().spec.state);
  });
}

TEST(ServiceLife, KeepsTheExitStatus) {
  in_world([] {
    make_place("server");
    Services services("t");
    ASSERT_EQ("", run(services, create(shell_service("web", "exit 7"))));
    ASSERT_TRUE(eventually([] { return only_one().spec.state == RunState::exited; }));
    EXPECT_EQ("exit code 7", only_one().spec.exit);
    EXPECT_EQ(0, only_one().pid);
    EXPECT_EQ("", run(services, remove(only_one().spec)));
    ASSERT_EQ("", run(services, create(sleeper())));
    kill(only_one().pid, SIGKILL);
    ASSERT_TRUE(eventually([] { return only_one().spec.state == RunState::exited; }));
    EXPECT_EQ("signal 9 (Killed)", only_one().spec.exit);
    EXPECT_TRUE(WIFSIGNALED(only_one().exit_status));
  });
}

TEST(ServiceLife, AChangedCommandKeepsTheInit) {
  in_world([] {
    make_place("server");
    Services services("t");
    const planner::Service before = shell_service("web", "sleep 1000 & setsid sleep 1000 & echo first; wait");
    ASSERT_EQ("", run(services, create(before)));
    log_with("web", "first");
    const RunningService old = only_one();
    planner::Service after = shell_service("web", "echo $NAME; id -u; pwd; echo end; exec sleep 1000");
    after.environment.emplace_back("NAME", "value");
    after.user = "nobody";
    after.working_dir = "/srv";
    ASSERT_EQ("", run(services, change(before, after)));
    EXPECT_THAT(log_with("web", "end"), HasSubstr("first\nvalue\n65534\n/srv\nend\n"));
    const RunningService now = only_one();
    EXPECT_EQ(old.init, now.init);
    EXPECT_NE(old.pid, now.pid);
    EXPECT_EQ(2U, now.starts);
    EXPECT_EQ(after, now.spec);
    EXPECT_TRUE(eventually([&] { return processes_of(now).size() == 2; })) << "the old one's children are gone";
  });
}

TEST(ServiceLife, AnotherNsbuildFindsTheInitItChanges) {
  in_world([] {
    make_place("server");
    const planner::Service before = sleeper();
    {
      Services services("t");
      ASSERT_EQ("", run(services, create(before)));
    }
    const pid_t init = only_one().init;
    planner::Service after = before;
    after.command = {"sleep", "2000"};
    {
      Services services("t");
      ASSERT_EQ("", run(services, change(before, after)));
    }
    EXPECT_EQ(init, only_one().init);
    EXPECT_EQ(after, only_one().spec);
    {
      Services services("t");
      ASSERT_EQ("", run(services, remove(after)));
    }
    EXPECT_TRUE(gone(init));
  });
}

TEST(ServiceLife, AChangeThatFailsSaysWhyAndTheOldOneCanReturn) {
  in_world([] {
    make_place("server");
    Services services("t");
    const planner::Service before = sleeper();
    ASSERT_EQ("", run(services, create(before)));
    planner::Service after = before;
    after.command = {"no-such"};
    EXPECT_EQ("service web: exec no-such: No such file or directory (ENOENT) (topo.yaml:12)",
              run(services, change(before, after)));
    EXPECT_EQ(RunState::exited, only_one().spec.state);
    EXPECT_EQ("exit code 127", only_one().spec.exit);
    EXPECT_EQ("", run(services, change(only_one().spec, before)));
    EXPECT_EQ(before, only_one().spec);
  });
}

TEST(ServiceLife, AnExitedOneStartsAgainUnderItsInit) {
  in_world([] {
    make_place("server");
    Services services("t");
    ASSERT_EQ("", run(services, create(shell_service("web", "exit 1"))));
    ASSERT_TRUE(eventually([] { return only_one().spec.state == RunState::exited; }));
    const RunningService exited = only_one();
    planner::Service again = exited.spec;
    again.state = RunState::running;
    EXPECT_EQ("", run(services, change(exited.spec, again)));
    EXPECT_EQ(2U, only_one().starts);
    EXPECT_EQ(exited.init, only_one().init);
  });
}

TEST(ServiceLife, ARollbackToAServiceThatDidNotRun) {
  in_world([] {
    make_place("server");
    Services services("t");
    planner::Service stopped = sleeper();
    stopped.state = RunState::stopped;
    ASSERT_EQ("", run(services, create(stopped)));
    EXPECT_EQ(RunState::stopped, only_one().spec.state);
    EXPECT_EQ(0U, only_one().starts);
    planner::Service running = sleeper();
    ASSERT_EQ("", run(services, change(stopped, running)));
    EXPECT_EQ(RunState::running, only_one().spec.state);
    ASSERT_EQ("", run(services, change(running, stopped)));
    EXPECT_EQ(RunState::stopped, only_one().spec.state);
    EXPECT_EQ(1U, only_one().starts);
  });
}

TEST(ServiceLife, StopAsksFirstAndTakesAllAlong) {
  in_world([] {
    make_place("server");
    Services services("t");
    const planner::Service web = shell_service(
        "web",
        "trap 'echo asked; exit 0' TERM; setsid sh -c 'setsid sleep 1000 &' ; echo end; while :; do sleep 0.02; done");
    ASSERT_EQ("", run(services, create(web)));
    log_with("web", "end");
    const RunningService found = only_one();
    const std::vector<pid_t> all = processes_of(found);
    EXPECT_GE(all.size(), 3U);
    EXPECT_EQ("", run(services, remove(web)));
    for (const pid_t pid : all) EXPECT_TRUE(gone(pid)) << "not even for a moment longer: " << pid;
    EXPECT_THAT(log_of("web"), HasSubstr("asked"));
    EXPECT_THAT(find_services("t"), SizeIs(0));
  });
}

TEST(ServiceLife, StopKillsWhoDoesNotListen) {
  in_world([] {
    make_place("server");
    Services services("t");
    planner::Service deaf = shell_service("web", "trap '' TERM; echo end; while :; do sleep 1; done");
    planner::Service frozen = sleeper("ice");
    deaf.stop_timeout = frozen.stop_timeout = 400;
    ASSERT_THAT(run(services, {create(deaf), create(frozen)}), ::testing::Each(""));
    log_with("web", "end");
    for (const RunningService& found : find_services("t")) {
      if (found.spec.name == "ice") kill(found.init, SIGSTOP);  // an init that does not answer
    }
    const std::int64_t asked = boottime();
    EXPECT_THAT(run(services, {remove(deaf), remove(frozen)}), ::testing::Each(""));
    EXPECT_GE(boottime() - asked, 400000000) << "not before its time is over";
    EXPECT_THAT(find_services("t"), SizeIs(0));
  });
}

TEST(ServiceLife, KillingTheInitEndsEverything) {
  in_world([] {
    make_place("server");
    Services services("t");
    ASSERT_EQ("", run(services, create(shell_service("web", "setsid sleep 1000 & sleep 1000 & echo end; wait"))));
    log_with("web", "end");
    const RunningService found = only_one();
    const std::vector<pid_t> all = processes_of(found);
    const Fd pidfd = open_pidfd(found.init);
    kill(found.init, SIGKILL);
    EXPECT_TRUE(eventually([&] { return gone(found.init); }));
    for (const pid_t pid : all) EXPECT_TRUE(gone(pid));
    EXPECT_EQ("", run(services, remove(found.spec))) << "gone already is what was wanted";
    EXPECT_EQ("service web: its init is not running (topo.yaml:12)", run(services, change(found.spec, found.spec)));
    EXPECT_EQ("", run(services, create(found.spec)));
  });
}

TEST(ServiceLife, TheInitReapsOrphansAndForwardsSignals) {
  in_world([] {
    make_place("server");
    Services services("t");
    const planner::Service web =
        shell_service("web",
                      "for i in 1 2 3 4 5; do sh -c 'sh -c \"exit 3\" & setsid sh -c \"sleep 0.05\" & exit 0'; done; "
                      "trap 'echo hup' HUP; trap 'echo usr1' USR1; echo end; while :; do sleep 0.02; done");
    ASSERT_EQ("", run(services, create(web)));
    log_with("web", "end");
    const RunningService found = only_one();
    EXPECT_TRUE(eventually([&] { return processes_of(found).size() <= 3; })) << "zombies";
    kill(found.init, SIGHUP);
    EXPECT_THAT(log_with("web", "hup"), HasSubstr("hup\n"));
    kill(found.init, SIGUSR1);
    EXPECT_THAT(log_with("web", "usr1"), HasSubstr("usr1\n"));
    EXPECT_EQ(found.pid, only_one().pid);
  });
}

TEST(ServiceLife, TheInitNeverSpins) {
  in_world([] {
    make_place("server");
    Services services("t");
    ASSERT_EQ("", run(services, create(shell_service("web", "exit 0"))));
    ASSERT_EQ("", run(services, create(sleeper("two"))));
    usleep(300000);
    for (const RunningService& found : find_services("t")) {
      const std::string sched = read_file("/proc/" + std::to_string(found.init) + "/schedstat");
      EXPECT_LT(std::stoull(sched), 50000000U) << "ns of CPU time";
    }
  });
}

TEST(ServiceLife, AnInitHoldsOnlyWhatItNeeds) {
  in_world([] {
    make_place("server");
    Services services("t");
    ASSERT_EQ("", run(services, create(sleeper())));
    const std::string fds = "/proc/" + std::to_string(only_one().init) + "/fd/";
    const std::string report = fds + std::to_string(init::report_fd);  // closed just after it has spoken
    EXPECT_TRUE(eventually([&] { return access(report.c_str(), F_OK) != 0; }));
    int count = 0;
    for (int fd = 0; fd < 300; ++fd) {
      char link[256] = {};
      if (readlink((fds + std::to_string(fd)).c_str(), link, sizeof link - 1) > 0) ++count;
      EXPECT_EQ(fd < init::report_fd, *link != 0) << fd << " " << link;
    }
    EXPECT_EQ(init::report_fd, count);
  });
}

TEST(ServiceLife, NothingKeepsTheNamespaceWhenTheServiceHasGone) {
  in_world([] {
    make_place("server");
    Services services("t");
    ASSERT_EQ("", run(services, create(sleeper())));
    make_place("later");  // pinned after the spawner left the machine's mounts
    planner::Service other = sleeper("other");
    other.place = "later";
    ASSERT_EQ("", run(services, create(other)));
    for (const RunningService& found : find_services("t"))
      EXPECT_THAT(read_file("/proc/" + std::to_string(found.init) + "/mountinfo"), Not(HasSubstr("netns")));
  });
}

}  // namespace
}  // namespace nsbuild::engine::testing
