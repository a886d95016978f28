// The root of a service: a tree of its own, the machine's frozen, or one whose changes are thrown away.
#include "tests/engine/service_world.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/stat.h>

namespace nsbuild::engine::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;
constexpr auto bind = specs::MountType::bind;
constexpr auto tmpfs = specs::MountType::tmpfs;

std::string output_of_command(const std::string& command) {
  std::string text;
  FILE* pipe = popen(command.c_str(), "r");
  for (int c = 0; pipe != nullptr && (c = std::fgetc(pipe)) != EOF;) text.push_back(static_cast<char>(c));
  if (pipe != nullptr) pclose(pipe);
  return text;
}

/// A machine of a few programs with the libraries that they need; no /proc, /sys, /dev, /run or /etc/hosts.
std::string make_tree(const std::string& path) {
  fs::create_directories(path + "/etc");
  for (const std::string name : {"bin", "lib", "lib64"}) {
    fs::create_directories(path + "/usr/" + name);
    fs::create_directory_symlink("usr/" + name, path + "/" + name);
  }
  for (const std::string program : {"sh", "cat", "ls", "stat", "id", "sleep", "touch", "rm", "mkdir", "readlink"}) {
    std::istringstream files(output_of_command("p=$(command -v " + program + "); echo $p; ldd $p | grep -o '/[^ ]*'"));
    for (std::string file; std::getline(files, file);) {
      fs::create_directories(path + fs::path(file).parent_path().string());
      if (!fs::exists(path + file)) fs::copy_file(fs::canonical(file), path + file);
    }
  }
  std::ofstream(path + "/etc/passwd") << "root:x:0:0::/root:/bin/sh\nweb:x:700:701::/:/bin/sh\n";
  std::ofstream(path + "/etc/group") << "root:x:0:\nweb:x:701:\ninside:x:705:web\n";
  std::ofstream(path + "/etc/who") << "the tree\n";
  return path;
}

/// All that there is in a tree, with what could change.
std::string listing(const std::string& path) {
  return output_of_command("cd " + path + " && find . -printf '%p %m %u %g %s %T@ %y\\n' | sort");
}

planner::Service rooted(const std::string& tree, const std::string& script) {
  planner::Service web = shell_service("web", script + "; echo end; exec sleep 100");
  web.rootfs = tree;
  return web;
}

TEST(ServiceRoot, ATreeIsTheRootAndNothingOfTheMachineCanBeReached) {
  in_world([] {
    make_place("server");
    const std::string tree = make_tree("/tmp/tree");
    const std::string before = listing(tree);
    const std::string mounts = read_file("/proc/self/mountinfo");
    planner::Service web =
        rooted(tree,
               "cat /etc/who /etc/hosts; ls /; ls /run /sys/class/net; cat /proc/1/comm; ls -d /dev/null; id -u web;"
               "while read -r _ _ _ _ at _; do case $at in /dev*|/sys*|/proc) ;; *) echo mount $at;; esac; done"
               " </proc/self/mountinfo; ls /.. | cat >/dev/null; readlink /proc/1/root");
    EXPECT_EQ(
        "the tree\n127.0.0.1 localhost\n10.0.0.1 server\nbin\ndev\netc\nlib\nlib64\nproc\nrun\nsys\nusr\n/run:\n\n"
        "/sys/class/net:\nlo\nnsbuild-init\n/dev/null\n700\nmount /etc/hosts\nmount /\nmount /run\n/\nend\n",
        output_of(web));
    EXPECT_EQ(before, listing(tree));
    EXPECT_EQ(mounts, read_file("/proc/self/mountinfo"));
    EXPECT_EQ("the tree\n", read_file("/proc/" + std::to_string(only_one().init) + "/root/etc/who"));
  });
}

TEST(ServiceRoot, WhatASharedTreeLacksIsMadeOnlyInsideAndTheRestIsWritten) {
  in_world([] {
    make_place("server");
    const std::string tree = make_tree("/tmp/tree");
    fs::create_directories(tree + "/srv");
    for (const char* name : {"/proc", "/sys", "/dev", "/run"}) fs::create_directory(tree + name);
    std::ofstream(tree + "/etc/hosts");
    planner::Service web = rooted(tree, "echo x > /srv/written; cat /etc/app/conf /srv/www/index; id -G");
    fs::create_directories("/run/machine");
    std::ofstream("/run/machine/index") << "of the machine\n";
    web.mounts = {{bind, "/run/machine", "/srv/www", true, "", {}, ""}};
    web.files = {{"/etc/app/conf", "mine\n", 0644, "web:inside"}};
    web.user = "web";
    chmod((tree + "/srv").c_str(), 0777);
    EXPECT_EQ("mine\nof the machine\n701 705\nend\n", output_of(web));
    EXPECT_FALSE(fs::exists(tree + "/etc/app"));
    EXPECT_FALSE(fs::exists(tree + "/srv/www"));
    planner::Service other = rooted(tree, "echo x > /srv/written");
    other.name = "other";
    EXPECT_EQ("end\n", output_of(other));
    EXPECT_EQ("x\n", read_file(tree + "/srv/written"));  // nothing lies over /srv here
  });
}

TEST(ServiceRoot, APrivateTreeForgetsWhatIsWritten) {
  in_world([] {
    make_place("server");
    const std::string tree = make_tree("/tmp/tree");
    fs::create_directories(tree + "/data");
    ASSERT_EQ(0, mount("tmpfs", (tree + "/data").c_str(), "tmpfs", 0, nullptr));
    std::ofstream(tree + "/data/old") << "old\n";
    const std::string before = listing(tree);
    planner::Service web = rooted(tree,
                                  "echo x > /new; echo y > /etc/who; echo z > /data/old; cat /new /etc/who /data/old; "
                                  "mkdir -p /a/b; ls -d /a/b; cat /made/file; rm -r /made; ls -d /made || echo gone");
    web.root_mode = specs::RootMode::private_overlay;
    web.files = {{"/made/file", "mine\n", 0644, ""}};
    EXPECT_THAT(output_of(web), HasSubstr("x\ny\nz\n/a/b\nmine\n"));
    EXPECT_THAT(log_of("web"), HasSubstr("gone\nend\n"));
    EXPECT_EQ(before, listing(tree));
    EXPECT_EQ("old\n", read_file(tree + "/data/old"));
  });
}

TEST(ServiceRoot, AReadOnlyTreeCanBeWrittenOnlyWhereTheFileSaysSo) {
  in_world([] {
    make_place("server");
    const std::string tree = make_tree("/tmp/tree");
    fs::create_directories(tree + "/tmp");
    planner::Service web =
        rooted(tree,
               "for d in / /etc /tmp /run /data /missing /dev/shm; do touch $d/x 2>/dev/null && echo $d; done;"
               "echo more >> /etc/mine && cat /etc/mine");
    web.root_mode = specs::RootMode::read_only;
    web.mounts = {{tmpfs, "", "/missing", false, "", {}, ""}};
    web.files = {{"/etc/mine", "mine\n", 0644, ""}};
    fs::create_directory("/tmp/data");
    EXPECT_EQ("/run\n/missing\n/dev/shm\nmine\nmore\nend\n", output_of(web));
    EXPECT_FALSE(fs::exists("/dev/shm/x"));
    EXPECT_TRUE(fs::is_empty(tree + "/tmp"));
  });
}

TEST(ServiceRoot, TheMachinesRootCanBeFrozen) {
  in_world([] {
    make_place("server");
    planner::Service web = shell_service(
        "web",
        "for d in /run /tmp /opt /srv; do touch $d/x 2>/dev/null && echo $d; done; echo > /dev/null && echo "
        "null; test -s /etc/hosts && echo hosts; cat /newtop/file; echo end; exec sleep 100");
    web.root_mode = specs::RootMode::read_only;
    web.mounts = {{tmpfs, "", "/opt", false, "", {}, ""}};
    web.files = {{"/newtop/file", "mine\n", 0644, ""}};
    EXPECT_EQ("/run\n/opt\nnull\nhosts\nmine\nend\n", output_of(web));
    EXPECT_FALSE(fs::exists("/tmp/x"));
    EXPECT_FALSE(fs::exists("/newtop"));
    std::ofstream("/tmp/still") << "writable\n";
    EXPECT_EQ("writable\n", read_file("/tmp/still"));
  });
}

TEST(ServiceRoot, WhatIsWrittenOnTheMachinesRootCanBeThrownAway) {
  in_world([] {
    make_place("server");
    fs::create_directories("/tmp/below/deeper");
    ASSERT_EQ(0, mount("tmpfs", "/tmp/below", "tmpfs", 0, nullptr));
    fs::create_directories("/tmp/below/deeper");
    ASSERT_EQ(0, mount("tmpfs", "/tmp/below/deeper", "tmpfs", 0, nullptr));
    std::ofstream("/tmp/file") << "old\n";
    std::ofstream("/tmp/bound") << "old\n";
    ASSERT_EQ(0, mount("/tmp/file", "/tmp/bound", nullptr, MS_BIND, nullptr));
    const std::string before = read_file("/proc/self/mountinfo");
    planner::Service web = shell_service(
        "web",
        "for d in / /etc /opt /tmp /tmp/below /tmp/below/deeper; do touch $d/nsbuild-x && echo $d; done; "
        "rm -r /tmp/file; echo x > /tmp/bound 2>/dev/null || echo refused; cat /newtop/file; ls -A /run; echo "
        "end; exec sleep 100");
    web.root_mode = specs::RootMode::private_overlay;
    web.files = {{"/newtop/file", "mine\n", 0644, ""}};
    EXPECT_THAT(output_of(web), HasSubstr("/\n/etc\n/opt\n/tmp\n/tmp/below\n/tmp/below/deeper\n"));
    EXPECT_THAT(log_of("web"), HasSubstr("mine\nend\n"));
    EXPECT_THAT(log_of("web"), HasSubstr("refused\n"));
    for (const char* path : {"/nsbuild-x", "/etc/nsbuild-x", "/opt/nsbuild-x", "/tmp/nsbuild-x", "/newtop",
                             "/tmp/below/nsbuild-x", "/tmp/below/deeper/nsbuild-x"})
      EXPECT_FALSE(fs::exists(path)) << path;
    EXPECT_EQ("old\n", read_file("/tmp/file"));
    EXPECT_EQ(before, read_file("/proc/self/mountinfo"));
  });
}

TEST(ServiceRoot, WhatIsMountedBelowATreeIsThereAndLaterMountsAreNot) {
  in_world([] {
    ASSERT_EQ(0, mount(nullptr, "/", nullptr, MS_REC | MS_SHARED, nullptr));
    make_place("server");
    const std::string tree = make_tree("/tmp/tree");
    fs::create_directories(tree + "/data");
    ASSERT_EQ(0, mount("tmpfs", (tree + "/data").c_str(), "tmpfs", 0, nullptr));
    std::ofstream(tree + "/data/file") << "mounted\n";
    fs::create_directory_symlink(tree, "/tmp/link");
    EXPECT_EQ("mounted\nend\n", output_of(rooted("/tmp/link", "cat /data/file")));
    ASSERT_EQ(0, mount("later", (tree + "/etc").c_str(), "tmpfs", 0, nullptr));
    const std::string inside = read_file("/proc/" + std::to_string(only_one().pid) + "/mountinfo");
    EXPECT_THAT(inside, Not(HasSubstr("later")));
    EXPECT_THAT(inside, Not(HasSubstr("/tmp/tree/")));
  });
}

TEST(ServiceRoot, ATreeThatIsTheMachinesRootIsAsWithoutOne) {
  in_world([] {
    make_place("server");
    EXPECT_EQ("web\nlo\nend\n", output_of(rooted("/", "hostname; ls /sys/class/net; ls -A /run")));
    planner::Service dotted = rooted("/tmp/..", "hostname; ls /sys/class/net; ls -A /run; test -e /etc/passwd");
    dotted.name = "dotted";
    EXPECT_EQ("web\nlo\nend\n", output_of(dotted));
  });
}

TEST(ServiceRoot, ATreeThatIsNoneIsTold) {
  in_world([] {
    make_place("server");
    Services services("t");
    EXPECT_EQ("service web: rootfs /tmp/none: No such file or directory (ENOENT) (topo.yaml:12)",
              run(services, create(rooted("/tmp/none", ""))));
    std::ofstream("/tmp/file") << "x";
    EXPECT_EQ("service web: rootfs /tmp/file: Not a directory (ENOTDIR) (topo.yaml:12)",
              run(services, create(rooted("/tmp/file", ""))));
    planner::Service web = rooted(make_tree("/tmp/tree"), "");
    web.working_dir = "/srv/none";
    EXPECT_EQ("service web: working_dir /srv/none: No such file or directory (ENOENT) (topo.yaml:12)",
              run(services, create(web)));
  });
}

TEST(ServiceRoot, AMinimalDevHasTheCommonDevicesAndTerminals) {
  in_world([] {
    make_place("server");
    const std::string tree = make_tree("/tmp/tree");
    for (const bool has_tree : {false, true}) {
      planner::Service web =
          rooted(has_tree ? tree : "",
                 "for f in null zero full random urandom tty; do stat -c '%n %F %a' /dev/$f; done; ls -d /dev/console "
                 "/dev/kmsg /dev/vda 2>/dev/null; readlink /dev/ptmx /dev/fd /dev/stdin; stat -c '%n %a' /dev/shm "
                 "/dev/pts/ptmx; ls -d /dev/mqueue; echo x > /dev/null && echo y > /dev/shm/y && echo written; ls -A "
                 "/dev/pts; test -e /dev/stderr && echo err");
      web.name = has_tree ? "tree" : "machine";
      web.dev = specs::DevMode::minimal;
      std::string expected;
      for (const char* name : {"null", "zero", "full", "random", "urandom", "tty"})
        expected += "/dev/" + std::string(name) + " character special file 666\n";
      expected +=
          "pts/ptmx\n/proc/self/fd\n/proc/self/fd/0\n/dev/shm 1777\n/dev/pts/ptmx 666\n/dev/mqueue\nwritten\n"
          "ptmx\nerr\nend\n";
      EXPECT_EQ(expected, output_of(web));
    }
    EXPECT_FALSE(fs::exists("/dev/shm/y"));
    EXPECT_FALSE(fs::exists(tree + "/dev"));
  });
}

}  // namespace
}  // namespace nsbuild::engine::testing
