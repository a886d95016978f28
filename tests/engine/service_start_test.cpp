// Starting services: what they find around them, and what a start that fails says.
#include "engine/fd.hpp"
#include "tests/engine/service_world.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nsbuild::engine::testing {
namespace {

using ::testing::EndsWith;
using ::testing::StartsWith;

TEST(ServiceStart, GivesTheCommandItsOwnNamespaces) {
  in_world([] {
    make_place("server");
    const std::string out = output_of(shell_service(
        "web",
        "hostname; echo pid $$; ls -1 /sys/class/net; ls -A /run | wc -l; cat /etc/hosts; stat -c %a /run; "
        "all=$(ps -e -o comm=); echo \"$all\" | sort; echo end; exec sleep 100"));
    EXPECT_EQ("web\npid 2\nlo\n0\n127.0.0.1 localhost\n10.0.0.1 server\n755\nnsbuild-init\nps\nsh\nend\n", out);
    const RunningService found = find_services("t").at(0);
    for (const char* kind : {"net", "mnt", "pid", "uts", "ipc"}) {
      const auto of = [&](const std::string& pid) {
        char link[64] = {};
        EXPECT_GT(readlink(("/proc/" + pid + "/ns/" + kind).c_str(), link, sizeof link - 1), 0);
        return std::string(link);
      };
      EXPECT_NE(of("self"), of(std::to_string(found.pid))) << kind;
      EXPECT_EQ(of(std::to_string(found.init)), of(std::to_string(found.pid))) << kind;
    }
  });
}

TEST(ServiceStart, InheritsNothing) {
  in_world([] {
    make_place("server");
    Fd lock(open("/run/lock", O_CREAT | O_RDWR, 0600));  // not even CLOEXEC
    ASSERT_EQ(0, flock(lock.get(), LOCK_EX));
    const std::string out = output_of(
        service("web", {"/bin/sh", "-c",
                        "ls /proc/self/fd; readlink /proc/self/fd/0; umask; cat /proc/self/stat | cut -d' ' -f7; "
                        "grep -E 'Sig(Blk|Ign)' /proc/self/status; echo end; exec sleep 100"}));
    EXPECT_EQ("0\n1\n2\n3\n/dev/null\n0022\n0\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nend\n", out);
    const Fd other(open("/run/lock", O_RDWR | O_CLOEXEC));
    lock.reset();
    EXPECT_EQ(0, flock(other.get(), LOCK_EX | LOCK_NB)) << "an init holds the lock";
  });
}

TEST(ServiceStart, HasACleanEnvironmentAndTheUsersOwn) {
  in_world([] {
    make_place("server");
    setenv("SECRET", "x", 1);
    planner::Service web = shell_service("web", "env | sort; pwd; id -u -n; id -g -n; echo end; exec sleep 100");
    web.user = "nobody";
    web.working_dir = "/usr";
    EXPECT_EQ(
        "HOME=/nonexistent\nLANG=C.UTF-8\nNSBUILD_LAB=t\nNSBUILD_SERVICE=web\n"
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nPWD=/usr\nUSER=nobody\n"
        "/usr\nnobody\nnogroup\nend\n",
        output_of(web));
  });
}

TEST(ServiceStart, LooksUsersUpInTheServicesRoot) {
  in_world([] {
    make_place("server");
    planner::Service web = shell_service("web", "id; echo $HOME $USER; echo end; exec sleep 100");
    web.files = {{"/etc/passwd", "root:x:0:0::/root:/bin/sh\nlab:x:1234:1235::/home/lab:/bin/sh\n", 0644, ""},
                 {"/etc/group", "root:x:0:\nlab:x:1235:\nwires:x:77:lab,root\nnone:x:78:\n", 0644, ""}};
    web.user = "lab";
    EXPECT_EQ("uid=1234(lab) gid=1235(lab) groups=1235(lab),77(wires)\n/home/lab lab\nend\n", output_of(web));
    web.name = "two", web.user = "1234:none";
    EXPECT_EQ("uid=1234(lab) gid=78(none) groups=78(none),77(wires)\n/home/lab lab\nend\n", output_of(web));
    web.name = "three", web.user = "4000";
    EXPECT_EQ("uid=4000 gid=4000 groups=4000\n/ 4000\nend\n", output_of(web));
    web.name = "four", web.user = "4000:4001";
    EXPECT_EQ("uid=4000 gid=4001 groups=4001\n/ 4000\nend\n", output_of(web));
  });
}

TEST(ServiceStart, AUsersCommandMayOpenItsStandardOutput) {
  in_world([] {
    make_place("server");
    planner::Service web = shell_service("web", "echo hello >> /dev/stdout; echo end; exec sleep 100");
    web.user = "nobody";
    EXPECT_EQ("hello\nend\n", output_of(web));
  });
}

TEST(ServiceStart, KeepsWhatIsMountedBelowSys) {
  in_world([] {
    make_place("server");
    ASSERT_EQ(0, system("mount -t tmpfs cgroups /sys/fs/cgroup && mkdir /sys/fs/cgroup/a && "
                        "mount -t tmpfs -o mode=0700 below /sys/fs/cgroup/a && touch /sys/fs/cgroup/a/file"));
    EXPECT_EQ("/sys/fs/cgroup/a/file\nend\n",
              output_of(shell_service("web", "ls /sys/fs/cgroup/a/file; echo end; exec sleep 100")));
  });
}

TEST(ServiceStart, WhatIsHiddenBelowSysStaysHidden) {
  in_world([] {  // mountinfo lists it all the same
    make_place("server");
    ASSERT_EQ(0, system("mount -t tmpfs below /sys/fs/cgroup && mount -t tmpfs above /sys/fs"));
    const std::string count = "grep -c ' /sys/fs/cgroup ' /proc/self/mountinfo";
    ASSERT_EQ(0, system((count + " > /run/outside").c_str()));
    EXPECT_EQ(read_file("/run/outside") + "end\n",
              output_of(shell_service("web", count + "; echo end; exec sleep 100")));
  });
}

TEST(ServiceStart, PsShowsWhoseInitItIs) {
  in_world([] {
    make_place("server");
    output_of(shell_service("web", "echo end; exec sleep 100"));
    const std::string line = read_file("/proc/" + std::to_string(find_services("t").at(0).init) + "/cmdline");
    EXPECT_EQ("nsbuild-init t/web", line.substr(0, 12) + " " + (line.c_str() + 13));
    EXPECT_EQ(std::string::npos, line.find("netns"));
  });
}

TEST(ServiceStart, SeveralStartAtOnce) {
  in_world([] {
    make_place("server");
    Services services("t");
    std::vector<planner::Step> steps;
    for (int i = 0; i < 300; ++i) steps.push_back(create(shell_service("s" + std::to_string(i), "sleep 100")));
    EXPECT_THAT(run(services, steps), ::testing::Each(""));
    EXPECT_EQ(300U, find_services("t").size());
    for (planner::Step& step : steps) std::swap(step.before, step.after);
    EXPECT_THAT(run(services, steps), ::testing::Each(""));
    EXPECT_TRUE(find_services("t").empty());
  });
}

TEST(ServiceStart, SaysWhichCommandCannotRun) {
  in_world([] {
    make_place("server");
    Services services("t");
    planner::Service no_file = service("web", {"/bin/no-such"});
    EXPECT_EQ("service web: exec /bin/no-such: No such file or directory (ENOENT) (topo.yaml:12)",
              run(services, create(no_file)));
    EXPECT_EQ("service web: exec no-such: No such file or directory (ENOENT) (topo.yaml:12)",
              run(services, create(service("web", {"no-such"}))));
    EXPECT_EQ("service web: exec /etc/passwd: Permission denied (EACCES) (topo.yaml:12)",
              run(services, create(service("web", {"/etc/passwd"}))));
    no_file.command = {"sleep", "100"};
    no_file.working_dir = "/no/such";
    EXPECT_EQ("service web: working_dir /no/such: No such file or directory (ENOENT) (topo.yaml:12)",
              run(services, create(no_file)));
    no_file.working_dir = "/";
    no_file.user = "gandalf";
    EXPECT_EQ("service web: no such user: gandalf (topo.yaml:12)", run(services, create(no_file)));
    no_file.user = "nobody:wizards";
    EXPECT_EQ("service web: no such group: wizards (topo.yaml:12)", run(services, create(no_file)));
    EXPECT_TRUE(find_services("t").empty()) << "a failed start leaves no init";
  });
}

TEST(ServiceStart, SaysWhichMountFails) {
  in_world([] {
    make_place("server");
    Services services("t");
    planner::Service web = service("web", {"sleep", "100"});
    web.mounts = {{specs::MountType::bind, "/no/www", "/srv", false, "", {}, ""}};
    EXPECT_EQ("service web: mount /no/www on /srv: No such file or directory (ENOENT) (topo.yaml:12)",
              run(services, create(web)));
    web.mounts = {{specs::MountType::bind, "/etc/passwd", "/srv", false, "", {}, ""}};
    EXPECT_EQ("service web: mount /etc/passwd on /srv: Is a directory (EISDIR) (topo.yaml:12)",
              run(services, create(web)));
    web.mounts = {{specs::MountType::tmpfs, "", "/srv", false, "lots", {}, ""}};
    const std::string error = run(services, create(web));  // with the file system's own words where it has some
    EXPECT_THAT(error, StartsWith("service web: mount tmpfs on /srv: "));
    EXPECT_THAT(error, EndsWith("Invalid argument (EINVAL) (topo.yaml:12)"));
    web.mounts = {{specs::MountType::tmpfs, "", "/srv", false, "", {}, "gandalf"}};
    EXPECT_EQ("service web: mount tmpfs on /srv: no such user: gandalf (topo.yaml:12)", run(services, create(web)));
    web.mounts = {{specs::MountType::tmpfs, "", "/etc/passwd/x", false, "", {}, ""}};
    EXPECT_EQ("service web: mount tmpfs on /etc/passwd/x: Not a directory (ENOTDIR) (topo.yaml:12)",
              run(services, create(web)));
    web.mounts.clear();
    web.place = "nowhere";
    EXPECT_EQ("service web: open /run/netns/t.nowhere: No such file or directory (ENOENT) (topo.yaml:12)",
              run(services, create(web)));
    EXPECT_TRUE(find_services("t").empty());
  });
}

TEST(ServiceStart, AnInitIsSmall) {
  in_world([] {
    make_place("server");
    planner::Service web = shell_service("web", "echo end; exec sleep 100");
    web.files = {{"/etc/big", std::string(1 << 20, 'x'), 0644, ""}, {"/newdir/file", "x", 0644, ""}};
    web.mounts = {{specs::MountType::tmpfs, "", "/var/cache", false, "", {}, ""}};
    output_of(web);
    const pid_t init = find_services("t").at(0).init;
    const std::string rollup = read_file("/proc/" + std::to_string(init) + "/smaps_rollup");
    long dirty = 0;
    long clean = 0;
    ASSERT_EQ(1, std::sscanf(rollup.c_str() + rollup.find("Private_Dirty:"), "Private_Dirty: %ld", &dirty));
    ASSERT_EQ(1, std::sscanf(rollup.c_str() + rollup.find("Private_Clean:"), "Private_Clean: %ld", &clean));
    RecordProperty("private_dirty_kb", std::to_string(dirty));
    RecordProperty("private_clean_kb", std::to_string(clean));
    EXPECT_LT(dirty + clean, 100) << rollup;
  });
}

}  // namespace
}  // namespace nsbuild::engine::testing
