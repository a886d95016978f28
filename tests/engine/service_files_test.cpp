// Mounts and files of services: what they see there, and that the machine sees nothing of it.
#include "tests/engine/service_world.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/stat.h>

namespace nsbuild::engine::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
constexpr auto bind = specs::MountType::bind;
constexpr auto tmpfs = specs::MountType::tmpfs;

planner::Service script_service(const std::string& script) {
  return shell_service("web", script + "; echo end; exec sleep 100");
}

/// A directory of the machine below the world's /run, for bind sources; nothing of the checkout's root is touched.
std::string machine_directory(const std::string& name) {
  const std::string path = "/run/machine/" + name;
  std::filesystem::create_directories(path);
  return path;
}

TEST(ServiceFiles, BindMountsAreTheMachinesAlsoBelowRun) {
  in_world([] {
    make_place("server");
    const std::string www = machine_directory("www");
    std::ofstream(www + "/index.html") << "hello\n";
    std::filesystem::create_directory(www + "/sub");
    ASSERT_EQ(0, mount("tmpfs", (www + "/sub").c_str(), "tmpfs", 0, nullptr));
    planner::Service web = script_service(
        "cat /srv/index.html; touch /srv/new && echo written; touch /opt/new /opt/sub/new 2>/dev/null || echo refused");
    web.mounts = {{bind, www, "/srv", false, "", {}, ""}, {bind, www, "/opt", true, "", {}, ""}};
    EXPECT_EQ("hello\nwritten\nrefused\nend\n", output_of(web));
    EXPECT_TRUE(std::filesystem::exists(www + "/new"));
    EXPECT_FALSE(std::filesystem::exists(www + "/sub/new"));
  });
}

TEST(ServiceFiles, NothingMountedInsideIsSeenOutsideNorTheOtherWayRound) {
  in_world([] {
    ASSERT_EQ(0, mount(nullptr, "/", nullptr, MS_REC | MS_SHARED, nullptr));
    make_place("server");
    const std::string before = read_file("/proc/self/mountinfo");
    planner::Service web = script_service("mount -t tmpfs tmpfs /mnt; mount -t tmpfs tmpfs /srv");
    web.mounts = {{tmpfs, "", "/opt", false, "", {}, ""}};
    web.files = {{"/etc/motd", "x", 0644, ""}, {"/srv/no/such/file", "x", 0644, ""}};
    output_of(web);
    EXPECT_EQ(before, read_file("/proc/self/mountinfo"));
    ASSERT_EQ(0, mount("leak", "/media", "tmpfs", 0, nullptr));
    const RunningService found = find_services("t").at(0);
    EXPECT_THAT(read_file("/proc/" + std::to_string(found.pid) + "/mountinfo"), Not(HasSubstr("leak")));
    EXPECT_THAT(read_file("/proc/" + std::to_string(found.pid) + "/mountinfo"), Not(HasSubstr("/run/netns")));
    umount("/media");
  });
}

TEST(ServiceFiles, ATmpfsTakesSizeModeAndOwner) {
  in_world([] {
    make_place("server");
    planner::Service web =
        script_service("stat -c '%a %U %G' /srv; findmnt -n -o FSTYPE,OPTIONS /srv; touch /opt/x || echo ro");
    web.mounts = {{tmpfs, "", "/srv", false, "64k", 0750U, "nobody:daemon"}, {tmpfs, "", "/opt", true, "", {}, ""}};
    const std::string out = output_of(web);
    EXPECT_THAT(out, HasSubstr("750 nobody daemon\ntmpfs"));
    EXPECT_THAT(out, HasSubstr("size=64k"));
    EXPECT_THAT(out, HasSubstr("Read-only file system"));
  });
}

TEST(ServiceFiles, AFileIsTheServicesOwnWritableCopy) {
  in_world([] {
    make_place("server");
    const std::string before = read_file("/etc/passwd");
    planner::Service web =
        script_service("cat /etc/passwd; echo more >> /etc/passwd; cat /etc/passwd; stat -c '%a %U %G' /etc/passwd");
    web.files = {{"/etc/passwd", "root:x:0:0::/root:/bin/sh\n", 0604, "0:1"}};
    EXPECT_EQ("root:x:0:0::/root:/bin/sh\nroot:x:0:0::/root:/bin/sh\nmore\n604 root daemon\nend\n", output_of(web));
    EXPECT_EQ(before, read_file("/etc/passwd"));
  });
}

TEST(ServiceFiles, AnyBytesAndAnySize) {
  in_world([] {
    make_place("server");
    std::string bytes;
    for (int i = 0; i < 3 << 20; ++i) bytes.push_back(static_cast<char>(i * 7 + i / 256));
    std::ofstream("/run/expected", std::ios::binary) << bytes;
    planner::Service web =
        script_service("cmp /opt/data /run/x/data && cmp /opt/data /srv/expected && echo same; wc -c < /etc/none");
    web.mounts = {{bind, "/run/expected", "/srv/expected", true, "", {}, ""}};
    web.files = {{"/opt/data", bytes, 0644, ""}, {"/run/x/data", bytes, 0644, ""}, {"/etc/none", "", 0644, ""}};
    EXPECT_EQ("same\n0\nend\n", output_of(web));
    EXPECT_EQ(bytes, find_services("t").at(0).spec.files.at(0).content);
  });
}

TEST(ServiceFiles, AMissingTargetAppearsOnlyInside) {
  in_world([] {
    make_place("server");
    const std::string machine = machine_directory("tree");
    std::ofstream(machine + "/old") << "old\n";
    chmod(machine.c_str(), 0751);
    std::filesystem::create_directories(machine + "/below");
    ASSERT_EQ(0, mount("tmpfs", (machine + "/below").c_str(), "tmpfs", 0, nullptr));
    std::ofstream(machine + "/below/file") << "below\n";
    planner::Service web = script_service(
        "cat /srv/conf/app.conf /srv/old /srv/below/file; stat -c %a /srv; echo x > /srv/conf/app.new && "
        "mv /srv/conf/app.new /srv/conf/app.conf && echo renamed; ls /srv/data");
    web.mounts = {{bind, machine, "/srv", false, "", {}, ""}, {tmpfs, "", "/srv/data", false, "", {}, ""}};
    web.files = {{"/srv/conf/app.conf", "mine\n", 0644, ""}};
    EXPECT_EQ("mine\nold\nbelow\n751\nrenamed\nend\n", output_of(web));
    EXPECT_FALSE(std::filesystem::exists(machine + "/conf"));
    EXPECT_FALSE(std::filesystem::exists(machine + "/data"));
  });
}

TEST(ServiceFiles, BelowSomethingReadOnlyTheRestStaysReadOnly) {
  in_world([] {
    make_place("server");
    const std::string www = machine_directory("www");
    planner::Service web = script_service(
        "cat /srv/a/file; echo more >> /srv/a/file && cat /srv/a/file; touch /srv/x 2>/dev/null || echo refused");
    web.mounts = {{bind, www, "/srv", true, "", {}, ""}};
    web.files = {{"/srv/a/file", "mine\n", 0644, ""}};
    EXPECT_EQ("mine\nmine\nmore\nrefused\nend\n", output_of(web));
    EXPECT_TRUE(std::filesystem::is_empty(www));
  });
}

TEST(ServiceFiles, TheRootItselfIsCoveredForAMissingTopDirectory) {
  in_world([] {
    make_place("server");
    planner::Service web = script_service(
        "cat /newdir/sub/file; ls /data; hostname; cat /etc/hosts | tail -1; ls /proc/self/exe; ls /sys/class/net; "
        "touch /opt/x; ls -A /run; ls /dev/null; cat /run/deep/file; ls -d /dev/pts; cat /etc/app.conf");
    web.mounts = {{tmpfs, "", "/data", false, "", {}, ""}};
    web.files = {{"/newdir/sub/file", "mine\n", 0644, ""},
                 {"/run/deep/file", "deep\n", 0644, ""},
                 {"/etc/app.conf", "conf\n", 0644, ""}};
    EXPECT_EQ("mine\nweb\n10.0.0.1 server\n/proc/self/exe\nlo\ndeep\n/dev/null\ndeep\n/dev/pts\nconf\nend\n",
              output_of(web));
    EXPECT_FALSE(std::filesystem::exists("/newdir"));
    EXPECT_FALSE(std::filesystem::exists("/data"));
    EXPECT_FALSE(std::filesystem::exists("/opt/x"));
  });
}

TEST(ServiceFiles, SymbolicLinksLeadIntoThePrivateRun) {
  in_world([] {
    make_place("server");
    const std::string tree = machine_directory("tree");
    std::filesystem::create_symlink("../run/systemd/resolve/stub.conf", tree + "/resolv.conf");
    std::filesystem::create_symlink("loop", tree + "/loop");
    planner::Service web = script_service("cat /srv/resolv.conf; ls -A /run/systemd/resolve");
    web.mounts = {{bind, tree, "/srv", true, "", {}, ""}};
    web.files = {{"/srv/resolv.conf", "nameserver 10.0.0.1\n", 0644, ""}};
    EXPECT_EQ("nameserver 10.0.0.1\nstub.conf\nend\n", output_of(web));
    web.name = "loop";
    web.files.at(0).target = "/srv/loop";
    Services services("t");
    EXPECT_EQ("service loop: file /srv/loop: Too many levels of symbolic links (ELOOP) (topo.yaml:12)",
              run(services, create(web)));
  });
}

TEST(ServiceFiles, TheHostsFileIsLive) {
  in_world([] {
    make_place("server");
    output_of(script_service("while ! grep -q new /etc/hosts; do sleep 0.02; done; echo seen"));
    std::ofstream("/run/nsbuild/t/hosts/server", std::ios::app) << "10.0.0.9 new\n";  // in place, the same inode
    EXPECT_THAT(log_with("web", "seen"), HasSubstr("seen"));
  });
}

TEST(ServiceFiles, TheHostsFileIsTheLabsAndNoServiceWritesIt) {
  for (const auto mode : {specs::RootMode::shared, specs::RootMode::private_overlay, specs::RootMode::read_only})
    in_world([mode] {
      make_place("server");
      const std::string before = read_file("/run/nsbuild/t/hosts/server");
      planner::Service web = script_service("echo 6.6.6.6 y 2>/dev/null >>/etc/hosts || echo refused");
      web.root_mode = mode;
      EXPECT_EQ("refused\nend\n", output_of(web));
      EXPECT_EQ(before, read_file("/run/nsbuild/t/hosts/server"));
    });
}

TEST(ServiceFiles, AServicesOwnHostsFileWins) {
  in_world([] {
    make_place("server");
    planner::Service web = script_service("cat /etc/hosts");
    web.files = {{"/etc/hosts", "10.9.9.9 mine\n", 0644, ""}};
    EXPECT_EQ("10.9.9.9 mine\nend\n", output_of(web));
  });
}

TEST(ServiceFiles, AShallowBindLeavesOutWhatIsMountedBelow) {
  in_world([] {
    make_place("server");
    const std::string www = machine_directory("www");
    std::filesystem::create_directory(www + "/sub");
    std::ofstream(www + "/sub/hidden") << "hidden\n";
    ASSERT_EQ(0, mount("tmpfs", (www + "/sub").c_str(), "tmpfs", 0, nullptr));
    std::ofstream(www + "/sub/mounted") << "mounted\n";
    planner::Service web = script_service("ls /srv/sub /opt/sub");
    web.mounts = {{.type = bind, .source = www, .target = "/srv", .recursive = false},
                  {.type = bind, .source = www, .target = "/opt"}};
    EXPECT_EQ("/opt/sub:\nmounted\n\n/srv/sub:\nhidden\nend\n", output_of(web));
  });
}

/// Two lowers of which the first lies above the second.
planner::Mount overlay(const std::string& target) {
  const std::string above = machine_directory("above");
  const std::string below = machine_directory("below,with:signs");
  std::ofstream(above + "/both") << "above\n";
  std::ofstream(below + "/both") << "below\n";
  std::ofstream(below + "/one") << "one\n";
  chmod(above.c_str(), 0750);
  return {.type = specs::MountType::overlay, .target = target, .lower = {above, below}};
}

TEST(ServiceFiles, AnOverlayThrowsAwayWhatIsWritten) {
  in_world([] {
    make_place("server");
    planner::Service web = script_service(
        "cat /srv/both /srv/one /srv/conf/file; echo new > /srv/one; cat /srv/one; rm /srv/both; stat -c %a /srv; "
        "touch /opt/x 2>/dev/null || echo refused");
    web.mounts = {overlay("/srv"), overlay("/opt")};
    web.mounts.back().read_only = true;
    web.files = {{"/srv/conf/file", "mine\n", 0644, ""}};
    EXPECT_EQ("above\none\nmine\nnew\n750\nrefused\nend\n", output_of(web));
    EXPECT_EQ("above\n", read_file("/run/machine/above/both"));
    EXPECT_EQ("one\n", read_file("/run/machine/below,with:signs/one"));
    EXPECT_FALSE(std::filesystem::exists("/run/machine/above/conf"));
  });
}

TEST(ServiceFiles, AnOverlayKeepsWhatIsWrittenInItsUpper) {
  in_world([] {
    make_place("server");
    const std::string upper = machine_directory("upper");
    planner::Service web = script_service("cat /srv/kept 2>/dev/null; echo new > /srv/one; echo x >> /srv/kept");
    web.mounts = {overlay("/srv")};
    web.mounts.back().upper = upper;
    Services services("t");
    for (const char* log : {"end\n", "end\nx\nend\n"}) {
      ASSERT_EQ("", run(services, create(web)));
      EXPECT_TRUE(eventually([&] { return log_of("web") == log; })) << log_of("web");
      EXPECT_TRUE(std::filesystem::exists("/run/machine/.upper.nsbuild-work"));
      ASSERT_EQ("", run(services, remove(web)));
      EXPECT_FALSE(std::filesystem::exists("/run/machine/.upper.nsbuild-work"));
    }
    EXPECT_EQ("new\n", read_file(upper + "/one"));
    EXPECT_EQ("x\nx\n", read_file(upper + "/kept"));
    EXPECT_EQ("one\n", read_file("/run/machine/below,with:signs/one"));
  });
}

TEST(ServiceFiles, AMissingTargetIsNotMadeInAnUpperThatIsKept) {
  in_world([] {
    make_place("server");
    planner::Service web = script_service("cat /srv/conf/file /srv/one");
    web.mounts = {overlay("/srv")};
    web.mounts.back().upper = machine_directory("upper");
    web.files = {{"/srv/conf/file", "mine\n", 0644, ""}};
    EXPECT_EQ("mine\none\nend\n", output_of(web));
    EXPECT_TRUE(std::filesystem::is_empty("/run/machine/upper"));
  });
}

TEST(ServiceFiles, AnOverlayThatCannotBeSaysWhy) {
  in_world([] {
    make_place("server");
    planner::Service web = sleeper();
    web.mounts = {overlay("/srv")};
    web.mounts.back().lower.push_back("/run/machine/none");
    Services services("t");
    EXPECT_EQ(
        "service web: mount overlay on /srv: /run/machine/none: No such file or directory (ENOENT) (topo.yaml:12)",
        run(services, create(web)));
    web.mounts = {overlay("/srv")};
    web.mounts.back().upper = "/proc/self";
    EXPECT_NE("", run(services, create(web)));
    web.mounts = {overlay("/srv")};
    for (int i = 0; i < 60; ++i) web.mounts.back().lower.push_back(machine_directory("layer" + std::to_string(i)));
    EXPECT_EQ("", run(services, create(web)));
  });
}

TEST(ServiceFiles, ProcAndTerminalsCanBeMountedAnywhere) {
  in_world([] {
    make_place("server");
    planner::Service web = script_service(
        "cat /srv/proc/1/comm; ls -A /srv/pts; stat -c %a /srv/pts/ptmx; echo 1 > /srv/ro/sys/vm/swappiness || echo "
        "ro");
    web.mounts = {{.type = specs::MountType::proc, .target = "/srv/proc"},
                  {.type = specs::MountType::devpts, .target = "/srv/pts"},
                  {.type = specs::MountType::proc, .target = "/srv/ro", .read_only = true}};
    EXPECT_THAT(output_of(web), HasSubstr("nsbuild-init\nptmx\n666\n"));
    EXPECT_THAT(log_of("web"), HasSubstr("ro\nend\n"));
  });
}

TEST(ServiceFiles, AFileCannotTakeADirectorysPlace) {
  in_world([] {
    make_place("server");
    planner::Service web = sleeper();
    web.files = {{"/srv", "x", 0644, ""}};
    Services services("t");
    EXPECT_EQ("service web: file /srv: Is a directory (EISDIR) (topo.yaml:12)", run(services, create(web)));
    web.files = {{"/etc/passwd/x", "x", 0644, ""}};
    EXPECT_EQ("service web: file /etc/passwd/x: Not a directory (ENOTDIR) (topo.yaml:12)", run(services, create(web)));
  });
}

}  // namespace
}  // namespace nsbuild::engine::testing
