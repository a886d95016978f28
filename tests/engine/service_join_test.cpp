// Several services in the namespaces of one: each with a life of its own under the same init.
#include "engine/error.hpp"
#include "engine/fd.hpp"
#include "engine/init/wire.hpp"
#include "engine/rundir.hpp"
#include "engine/service/control.hpp"
#include "engine/service/find.hpp"
#include "engine/service/memfd.hpp"
#include "engine/service/record.hpp"
#include "engine/service/report.hpp"
#include "tests/engine/service_world.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nsbuild::engine::testing {
namespace {

using planner::RunState;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::SizeIs;

planner::Service joining(planner::Service service, const std::string& owner = "zebra") {
  service.join = owner;
  service.hostname = owner;
  return service;
}

bool runs(const std::string& name) { return the(name).spec.state == RunState::running; }

std::string ns_of(pid_t pid, const std::string& kind) {
  char link[64] = {};
  EXPECT_GT(readlink(("/proc/" + std::to_string(pid) + "/ns/" + kind).c_str(), link, sizeof link - 1), 0);
  return link;
}

TEST(ServiceJoin, SharesTheNamespacesAndHasAllElseOfItsOwn) {
  in_world([] {
    make_place("server");
    Services services("t");
    planner::Service zebra = shell_service("zebra", "echo hi >/run/zserv; exec sleep 1000");
    planner::Service ospfd = joining(shell_service("ospfd",
                                                   "cat /run/zserv; hostname; ps -e -o comm= | sort; echo end; "
                                                   "ls /proc/self/fd; echo fds; exec sleep 1000"));
    ASSERT_EQ("", run(services, create(zebra)));
    ASSERT_TRUE(eventually([] { return processes_called("sleep") == 1; }));
    ASSERT_EQ("", run(services, create(ospfd)));
    EXPECT_EQ("hi\nzebra\nnsbuild-init\nnsbuild-joined\nps\nsh\nsleep\nsort\nend\n0\n1\n2\n3\nfds\n",
              log_with("ospfd", "fds"));
    EXPECT_EQ("", log_of("zebra"));
    for (const char* kind : {"net", "mnt", "pid", "uts", "ipc"})
      EXPECT_EQ(ns_of(the("zebra").pid, kind), ns_of(the("ospfd").pid, kind)) << kind;
    EXPECT_EQ(ospfd, the("ospfd").spec);
    EXPECT_EQ(1U, the("ospfd").starts);
    EXPECT_NE(the("zebra").init, the("ospfd").init);
    EXPECT_THAT(find_services("t"), SizeIs(2));
    const std::string fds = "/proc/" + std::to_string(the("ospfd").init) + "/fd/";
    const std::string report = fds + std::to_string(init::report_fd);  // closed just after it has spoken
    EXPECT_TRUE(eventually([&] { return access(report.c_str(), F_OK) != 0; }));
    for (int fd = 0; fd < 100; ++fd)
      EXPECT_EQ(fd < init::report_fd, access((fds + std::to_string(fd)).c_str(), F_OK) == 0) << fd;
  });
}

TEST(ServiceJoin, OutlivesRestartCrashAndStopOfItsOwner) {
  in_world([] {
    make_place("server");
    Services services("t");
    ASSERT_EQ("", run(services, create(sleeper("zebra"))));
    ASSERT_EQ("", run(services, create(joining(shell_service("ospfd", "setsid sleep 1000 & exec sleep 1000")))));
    ASSERT_TRUE(eventually([] { return processes_called("sleep") == 3; }));
    const pid_t pid = the("ospfd").pid;
    const auto lives = [&] { return the("ospfd").pid == pid && !gone(pid) && processes_called("sleep") >= 2; };
    EXPECT_EQ("", control_service("t", "zebra", Control::restart).error);
    EXPECT_TRUE(lives());
    planner::Service other = sleeper("zebra");
    other.command = {"sleep", "2000"};
    EXPECT_EQ("", run(services, change(sleeper("zebra"), other)));
    EXPECT_TRUE(lives());
    kill(the("zebra").pid, SIGKILL);
    ASSERT_TRUE(eventually([] { return the("zebra").spec.state == RunState::exited; }));
    EXPECT_TRUE(lives());
    EXPECT_EQ("", control_service("t", "zebra", Control::stop).error);
    EXPECT_TRUE(lives());
    ASSERT_EQ("", run(services, create(joining(sleeper("bgpd"))))) << "one can join what is stopped";
    EXPECT_TRUE(runs("bgpd"));
    EXPECT_EQ("", control_service("t", "zebra", Control::start).error);
    EXPECT_TRUE(lives() && runs("zebra") && runs("bgpd"));
  });
}

TEST(ServiceJoin, AFinishedOneshotCanBeJoined) {
  in_world([] {
    make_place("server");
    Services services("t");
    planner::Service setup = shell_service("setup", "echo x >/run/x");
    setup.oneshot = true;
    setup.state = RunState::completed;
    ASSERT_EQ("", run(services, create(setup)));
    planner::Service check = joining(shell_service("check", "grep -q x /run/x"), "setup");
    check.oneshot = true;
    check.state = RunState::completed;
    EXPECT_EQ("", run(services, create(check)));
    EXPECT_EQ(check, the("check").spec);
    check.command = {"false"};
    planner::Service again = check;
    again.name = "again";
    EXPECT_EQ("service again: exit code 1 (topo.yaml:12)", run(services, create(again)));
  });
}

TEST(ServiceJoin, ItsRemovalTakesAllOfItAndNothingElse) {
  in_world([] {
    make_place("server");
    Services services("t");
    const std::string daemons = "setsid sh -c 'setsid sleep 1000 & exec sleep 1001' & sh -c 'setsid sleep 1002 &'; ";
    ASSERT_EQ("", run(services, create(shell_service("zebra", daemons + "exec tail -f /dev/null"))));
    ASSERT_TRUE(eventually([] { return processes_called("sleep") == 3; }));
    planner::Service ospfd = joining(shell_service("ospfd", "trap '' TERM; " + daemons + "while :; do read x; done"));
    ospfd.stop_timeout = 200;
    ASSERT_EQ("", run(services, create(ospfd)));
    ASSERT_TRUE(eventually([] { return processes_called("sleep") == 6; }));
    const pid_t supervisor = the("ospfd").init;
    EXPECT_EQ("", run(services, remove(ospfd)));
    EXPECT_TRUE(gone(supervisor));
    EXPECT_EQ(3U, processes_called("sleep"));
    EXPECT_EQ(1U, find_services("t").size());
    EXPECT_TRUE(runs("zebra"));
    ASSERT_EQ("", run(services, create(ospfd)));
    ASSERT_TRUE(eventually([] { return processes_called("sleep") == 6; }));
    EXPECT_EQ("", control_service("t", "zebra", Control::stop).error);
    EXPECT_EQ(3U, processes_called("sleep")) << "the owner's are gone, the other's are not";
    EXPECT_TRUE(runs("ospfd"));
  });
}

TEST(ServiceJoin, RestartsByItsOwnPolicy) {
  in_world([] {
    make_place("server");
    Services services("t");
    ASSERT_EQ("", run(services, create(sleeper("zebra"))));
    planner::Service ospfd = joining(shell_service("ospfd", "setsid sleep 3000 & sleep 0.05; exec sleep 2000"));
    ospfd.restart = specs::RestartPolicy::always;
    ASSERT_EQ("", run(services, create(ospfd)));
    const RunningService zebra = the("zebra");
    ASSERT_TRUE(eventually([] { return processes_called("sleep") == 3; }));
    kill(the("ospfd").pid, SIGKILL);
    ASSERT_TRUE(eventually([] { return the("ospfd").starts == 2 && processes_called("sleep") == 3; }));
    EXPECT_EQ(zebra.pid, the("zebra").pid);
    planner::Service other = ospfd;
    other.user = "nobody";
    ASSERT_EQ("", run(services, change(ospfd, other)));
    struct stat status {};
    ASSERT_EQ(0, stat(("/proc/" + std::to_string(the("ospfd").pid)).c_str(), &status));
    EXPECT_EQ(65534U, status.st_uid);
  });
}

TEST(ServiceJoin, TheOwnersEndAsksAllOfThemFirst) {
  in_world([] {
    make_place("server");
    Services services("t");
    const std::string polite = "trap 'sleep 0.3; echo asked; exit 0' TERM; echo end; while :; do sleep 0.02; done";
    ASSERT_EQ("", run(services, create(sleeper("zebra"))));
    ASSERT_EQ("", run(services, create(joining(shell_service("ospfd", polite)))));
    planner::Service deaf = joining(shell_service("deaf", "trap '' TERM; echo end; while :; do sleep 0.02; done"));
    deaf.stop_timeout = 600;
    ASSERT_EQ("", run(services, create(deaf)));
    log_with("ospfd", "end");
    log_with("deaf", "end");
    const std::vector<pid_t> all = processes_of(the("zebra"));
    EXPECT_GE(all.size(), 6U);
    EXPECT_EQ("", run(services, remove(sleeper("zebra"))));
    EXPECT_TRUE(log_of("ospfd").ends_with("\nasked\n")) << log_of("ospfd");
    for (const pid_t pid : all) EXPECT_TRUE(gone(pid));
    EXPECT_THAT(find_services("t"), SizeIs(0));
  });
}

TEST(ServiceJoin, WhatAKilledSupervisorLeavesEndsAndApplyCanRepair) {
  in_world([] {
    make_place("server");
    Services services("t");
    const std::string daemons = "setsid sh -c 'setsid sleep 1000 & exec sleep 1001' & ";
    ASSERT_EQ("", run(services, create(shell_service("zebra", "sh -c 'setsid sleep 1002 &'; exec sleep 1003"))));
    planner::Service ospfd = joining(shell_service("ospfd", daemons + "sh -c 'setsid sleep 1004 &'; exec sleep 1005"));
    ASSERT_EQ("", run(services, create(ospfd)));
    ASSERT_EQ("", run(services, create(joining(sleeper("bgpd")))));
    ASSERT_TRUE(eventually([] { return processes_called("sleep") == 7; }));
    kill(the("ospfd").init, SIGKILL);
    EXPECT_TRUE(eventually([] { return processes_called("sleep") == 3; })) << processes_called("sleep");
    EXPECT_TRUE(runs("zebra") && runs("bgpd"));
    EXPECT_EQ(2U, find_services("t").size());
    EXPECT_EQ("", run(services, create(ospfd)));
    EXPECT_TRUE(eventually([] { return processes_called("sleep") == 7; }));
  });
}

TEST(ServiceJoin, AFailureIsSaidAndLeavesNoSupervisor) {
  in_world([] {
    make_place("server");
    Services services("t");
    planner::Service ospfd = joining(sleeper("ospfd"));
    EXPECT_EQ("service ospfd: the init of service zebra, which it joins, is not running (topo.yaml:12)",
              run(services, create(ospfd)));
    ASSERT_EQ("", run(services, create(sleeper("zebra"))));
    ospfd.command = {"no-such"};
    for (int i = 0; i < 20; ++i) {
      EXPECT_EQ("service ospfd: exec no-such: No such file or directory (ENOENT) (topo.yaml:12)",
                run(services, create(ospfd)));
      EXPECT_EQ(1U, find_services("t").size());
    }
    planner::Service stopped = joining(sleeper("stopped"));
    stopped.state = RunState::stopped;
    EXPECT_EQ("", run(services, create(stopped)));
    EXPECT_EQ(stopped, the("stopped").spec);
  });
}

TEST(ServiceJoin, TwentyAtOnceAreStartedAndEnded) {
  in_world([] {
    make_place("server");
    Services services("t");
    ASSERT_EQ("", run(services, create(sleeper("zebra"))));
    std::vector<planner::Step> starts, ends;
    for (int i = 0; i < 20; ++i) {
      starts.push_back(create(joining(sleeper("d" + std::to_string(i)))));
      ends.push_back(remove(joining(sleeper("d" + std::to_string(i)))));
    }
    EXPECT_THAT(run(services, starts), Each(""));
    EXPECT_EQ(21U, find_services("t").size());
    EXPECT_THAT(run(services, ends), Each(""));
    EXPECT_EQ(1U, find_services("t").size());
  });
}

TEST(ServiceJoin, ALookAlikeIsNotFound) {
  in_world([] {
    make_place("server");
    Services services("t");
    const Fd record = make_record({run_dir(), "t", joining(sleeper("forged"))});
    // A child of the right init with the right descriptors, but another program than the init's.
    planner::Service zebra =
        service("zebra", {"python3", "-c",
                          "import fcntl, os, time\n"
                          "record = os.memfd_create('nsbuild:t/forged@/run/nsbuild', os.MFD_ALLOW_SEALING)\n"
                          "os.write(record, open('/srv/record', 'rb').read())\n"
                          "fcntl.fcntl(record, 1033, 15)\n"  // F_ADD_SEALS
                          "state = os.memfd_create('state')\n"
                          "os.write(state, bytes(4096))\n"
                          "os.dup2(record, 13), os.dup2(state, 14), os.dup2(13, 3), os.dup2(14, 4)\n"
                          "print('end', flush=True)\n"
                          "time.sleep(1000)\n"});
    zebra.files = {{"/srv/record", read_file("/proc/self/fd/" + std::to_string(record.get())), 0600, ""}};
    ASSERT_EQ("", run(services, create(zebra)));
    EXPECT_EQ("end\n", log_with("zebra", "end"));
    const std::string link = "/proc/" + std::to_string(the("zebra").pid) + "/fd/3";
    EXPECT_EQ(read_file("/proc/self/fd/" + std::to_string(record.get())), read_file(link));
    EXPECT_EQ(1U, find_services("t").size());
  });
}

std::size_t private_kilobytes(pid_t pid) {
  std::istringstream smaps(read_file("/proc/" + std::to_string(pid) + "/smaps_rollup"));
  std::size_t sum = 0;
  for (std::string line; std::getline(smaps, line);)
    if (line.starts_with("Private_")) sum += std::stoul(line.substr(line.find(':') + 1));
  return sum;
}

TEST(ServiceJoin, AnInitAndASupervisorStaySmall) {
  in_world([] {
    make_place("server");
    Services services("t");
    ASSERT_EQ("", run(services, create(sleeper("zebra"))));
    const std::size_t alone = private_kilobytes(the("zebra").init);
    ASSERT_EQ("", run(services, create(joining(sleeper("ospfd")))));
    ASSERT_EQ("", run(services, create(joining(sleeper("bgpd")))));
    for (const char* name : {"zebra", "ospfd", "bgpd"}) {
      EXPECT_EQ("", control_service("t", name, Control::restart).error);
      const std::size_t kilobytes = private_kilobytes(the(name).init);
      EXPECT_GT(kilobytes, 0U);
      EXPECT_LT(kilobytes, 300U) << name;
      ::testing::Test::RecordProperty(name, static_cast<int>(kilobytes));
      std::printf("%s: %zu kB private (alone: %zu)\n", name, kilobytes, alone);
    }
  });
}

void hand_record(const RunningService& service, const std::string& bytes) {
  const Fd record = sealed_memfd("nsbuild:t/" + service.spec.name + "@" + run_dir(), bytes);
  ReportChannel channel = make_report_channel();
  send_order(open_init(service.init, "t", service.spec.name), {init::Order::adopt, 0, 0, 0},
             {channel.theirs.get(), record.get()});
  channel.theirs.reset();
  EXPECT_TRUE(read_report(channel.ours).has_value());
}

/// As after an upgrade, or a downgrade, of nsbuild.
TEST(ServiceJoin, AnInitOfAnotherVersionIsFoundAndEnded) {
  in_world([] {
    make_place("server");
    Services services("t");
    ASSERT_EQ("", run(services, create(sleeper("zebra"))));
    std::string bytes(sizeof(init::RecordPrefix), '\0');
    auto* prefix = reinterpret_cast<init::RecordPrefix*>(bytes.data());
    std::copy(std::begin(init::record_magic), std::end(init::record_magic), std::begin(prefix->magic));
    prefix->version = init::wire_version + 1;
    prefix->run_dir_device = run_dir_identity().device;
    prefix->run_dir_inode = run_dir_identity().inode;
    for (auto [span, text] : {std::pair(&init::RecordPrefix::run_dir, run_dir()),
                              {&init::RecordPrefix::lab, "t"},
                              {&init::RecordPrefix::service, "zebra"}}) {
      prefix = reinterpret_cast<init::RecordPrefix*>(bytes.data());
      prefix->*span = {static_cast<std::uint32_t>(bytes.size()), static_cast<std::uint32_t>(text.size())};
      bytes.append(text).push_back('\0');
    }
    hand_record(the("zebra"), bytes);
    const RunningService found = the("zebra");
    EXPECT_TRUE(found.foreign);
    EXPECT_EQ("?", found.spec.place) << "no wish agrees with it";
    EXPECT_THAT(control_service("t", "zebra", Control::stop).error, HasSubstr("another version"));
    Services later("t");
    EXPECT_EQ("", run(later, remove(found.spec)));
    EXPECT_THAT(find_services("t"), SizeIs(0));
    EXPECT_TRUE(gone(found.init));
  });
}

}  // namespace
}  // namespace nsbuild::engine::testing
