// How what commands write comes into their logs: all of it, whatever they do with /dev/stdout, in two files at most.
#include "engine/ready/probe.hpp"
#include "engine/rundir.hpp"
#include "engine/service/control.hpp"
#include "engine/service/find.hpp"
#include "engine/service/log_file.hpp"
#include "tests/engine/service_world.hpp"

#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

namespace nsbuild::engine::testing {
namespace {

using planner::RunState;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

std::uintmax_t size_of(const std::string& name) {
  std::error_code missing;
  const std::uintmax_t size = std::filesystem::file_size(log_dir("t") + "/" + name, missing);
  return missing ? 0 : size;
}

std::string text_from(const Log& log, std::uint64_t at) {
  std::string text;
  for (std::string more; !(more = log.read(at + text.size())).empty();) text += more;
  return text;
}

bool log_ends_with(const std::string& service, const std::string& text) {
  const std::optional<Log> log = open_log("t", service);
  return log && log->size() >= text.size() && log->read(log->size() - text.size()) == text;
}

bool has_line(const RunningService& service, const std::string& pattern) {
  planner::Ready wish{.service = service.spec.name, .probe = specs::Probe::log};
  wish.text = pattern;
  const auto probe = make_probe(wish, service);
  return probe->look() || probe->look();
}

TEST(ServiceLog, WhoOpensStandardOutputAnewLosesNothing) {
  in_world([] {
    make_place("server");
    Services services("t");
    const std::string script =
        "echo a; echo b >/dev/stdout; echo c >/dev/stderr; echo d >>/dev/stdout; echo e >>/proc/self/fd/2; "
        "(echo f) 1>/proc/self/fd/1; echo end; exec sleep 1000";
    planner::Service web = shell_service("web", script);
    planner::Service other = shell_service("other", script);
    other.user = "nobody";
    ASSERT_EQ("", run(services, create(web)));
    ASSERT_EQ("", run(services, create(other)));
    for (const char* name : {"web", "other"}) EXPECT_EQ("a\nb\nc\nd\ne\nf\nend\n", log_with(name, "end"));
  });
}

TEST(ServiceLog, ANewCommandGetsThePipeAsItWas) {
  in_world([] {
    make_place("server");
    Services services("t");
    planner::Service web = service(
        "web",
        {"/bin/sh", "-c",
         "[ -e /run/second ] || exec python3 -c 'import fcntl, os; os.fchmod(1, 0o600); "
         "fcntl.fcntl(1, fcntl.F_SETFL, os.O_NONBLOCK); open(\"/run/second\", \"w\"); os._exit(1)'; "
         "grep flags /proc/self/fdinfo/1; stat -Lc %a /dev/stdout; ls /proc/self/fd; echo end; exec sleep 1000"});
    web.restart = specs::RestartPolicy::on_failure;
    ASSERT_EQ("", run(services, create(web)));
    EXPECT_EQ("flags:\t01\n666\n0\n1\n2\n3\nend\n", log_with("web", "end"));
  });
}

TEST(ServiceLog, AnEndIsToldAfterTheLastWords) {
  in_world([] {
    make_place("server");
    Services services("t");
    planner::Service job = shell_service("job", "seq 300; echo run $RUN");
    job.oneshot = true;
    job.state = RunState::completed;
    planner::Service before = job;
    std::string expected;
    for (int i = 1; i <= 300; ++i) expected += std::to_string(i) + "\n";
    for (int number = 0; number < 50; ++number) {
      before = job;
      job.environment.back() = {"RUN", std::to_string(number)};
      ASSERT_EQ("", run(services, number == 0 ? create(job) : change(before, job)));
      ASSERT_TRUE(log_ends_with("job", "\n300\nrun " + std::to_string(number) + "\n")) << number;
    }
    EXPECT_THAT(log_of("job"), StartsWith(expected + "run 0\n"));
  });
}

TEST(ServiceLog, WhoeverIsLeftWritesIntoItToo) {
  in_world([] {
    make_place("server");
    Services services("t");
    ASSERT_EQ("", run(services, create(shell_service("web", "(setsid sh -c '" + until_go +
                                                                "echo daemon' &); echo up; exec sleep 1000"))));
    EXPECT_EQ("up\n", log_with("web", "up"));
    go_on();
    EXPECT_EQ("up\ndaemon\n", log_with("web", "daemon"));
  });
}

/// Of a second service in the same namespaces, and of the next command, too.
TEST(ServiceLog, EachHasItsOwnAndGoesOnInIt) {
  in_world([] {
    make_place("server");
    Services services("t");
    planner::Service ospfd = shell_service("ospfd", "echo ospfd; exec sleep 1000");
    ospfd.join = "web";
    ospfd.hostname = "web";
    ASSERT_EQ("", run(services, create(shell_service("web", "echo web; exec sleep 1000"))));
    ASSERT_EQ("", run(services, create(ospfd)));
    EXPECT_EQ("web\n", log_with("web", "web"));
    EXPECT_EQ("ospfd\n", log_with("ospfd", "ospfd"));
    ASSERT_EQ("", control_service("t", "ospfd", Control::restart).error);
    EXPECT_TRUE(eventually([] { return log_of("ospfd") == "ospfd\nospfd\n"; })) << log_of("ospfd");
    ASSERT_EQ("", control_service("t", "web", Control::restart).error);
    EXPECT_TRUE(eventually([] { return log_of("web") == "web\nweb\n"; })) << log_of("web");
    ASSERT_EQ("", run(services, remove(ospfd)));
    ASSERT_EQ("", run(services, create(ospfd)));
    EXPECT_TRUE(eventually([] { return log_of("ospfd") == "ospfd\nospfd\nospfd\n"; })) << "of a new supervisor";
  });
}

TEST(ServiceLog, SinceIsExact) {
  in_world([] {
    make_place("server");
    Services services("t");
    ASSERT_EQ("", run(services, create(shell_service("web", "echo one; " + until_go + "echo two; exec sleep 1000"))));
    ASSERT_EQ("one\n", log_with("web", "one"));
    // Its init notes the time behind the write.
    ASSERT_TRUE(eventually([] { return !log_times_of("t", "web").empty(); }));
    const auto between = std::chrono::system_clock::now();
    go_on();
    ASSERT_EQ("one\ntwo\n", log_with("web", "two"));
    ASSERT_TRUE(eventually([] { return log_times_of("t", "web").size() == 2; }));
    const Log log = *open_log("t", "web");
    EXPECT_EQ("two\n", text_from(log, lines_since(log, log_times_of("t", "web"), between)));
    EXPECT_EQ("", text_from(log, lines_since(log, log_times_of("t", "web"), std::chrono::system_clock::now())));
  });
}

/// 11 MB, then 20 more: lines of a hundred bytes, numbered.
TEST(ServiceLog, ALongOneIsPutAsideAndReadOn) {
  in_world([] {
    make_place("server");
    Services services("t");
    ASSERT_EQ("",
              run(services, create(shell_service("web", "echo early; seq -f %099.0f 110000; echo late; " + until_go +
                                                            "seq -f %099.0f 110001 310000; echo end; "
                                                            "exec sleep 1000"))));
    ASSERT_TRUE(eventually([] { return log_ends_with("web", "\nlate\n"); }));
    const std::uintmax_t ten = 10U << 20U;
    EXPECT_GE(size_of("web.1"), ten);
    EXPECT_LT(size_of("web"), ten);
    EXPECT_TRUE(has_line(only_one(), "^early$"));
    EXPECT_TRUE(has_line(only_one(), "^late$"));
    EXPECT_NE(0U, only_one().log_start.inode);
    EXPECT_EQ(11000000U + 11, open_log("t", "web")->size());
    go_on();
    ASSERT_TRUE(eventually([] { return log_ends_with("web", "\nend\n"); }));
    EXPECT_FALSE(has_line(only_one(), "^early$")) << "what was too old has gone";
    EXPECT_TRUE(has_line(only_one(), "^end$"));
    EXPECT_TRUE(eventually([] { return only_one().log_start.inode == 0; })) << "its file may be called something else";
    EXPECT_GE(size_of("web.1"), ten);
    EXPECT_LE(size_of("web.1") + size_of("web"), 2 * ten + 4096);
    const Log log = *open_log("t", "web");
    EXPECT_THAT(log.read(0, 100), MatchesRegex("0+[0-9]+\n")) << "a file begins with a line";
    EXPECT_EQ("end\n", text_from(log, last_lines(log, 0, 1)));
    for (const init::LogTime& time : log_times_of("t", "web"))
      EXPECT_TRUE(time.place.inode == log.place(0).inode || time.place.inode == log.place(log.size()).inode);
  });
}

TEST(ServiceLog, AFloodDisturbsNobody) {
  in_world([] {
    make_place("server");
    Services services("t");
    planner::Service other = shell_service("other", "echo up; exec sleep 1000");
    other.join = "web";
    other.hostname = "web";
    ASSERT_EQ("", run(services, create(service("web", {"yes"}))));
    ASSERT_EQ("", run(services, create(other)));
    EXPECT_EQ("up\n", log_with("other", "up"));
    EXPECT_TRUE(eventually([] { return size_of("web.1") > 0; }));
    EXPECT_EQ("", control_service("t", "other", Control::restart).error);
    EXPECT_EQ("", control_service("t", "web", Control::restart).error);
    EXPECT_EQ("", control_service("t", "web", Control::stop).error);
    for (const RunningService& one : find_services("t"))
      EXPECT_EQ(one.spec.name == "web" ? RunState::stopped : RunState::running, one.spec.state);
    EXPECT_LT(size_of("web.1") + size_of("web"), 24U << 20U);
  });
}

/// The init waits, and there is nothing in the pipe that it has not taken.
bool has_taken_all(const RunningService& service) {
  const Fd pipe(open(("/proc/" + std::to_string(service.pid) + "/fd/1").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  int bytes = -1;
  std::ifstream stat("/proc/" + std::to_string(service.init) + "/stat");
  std::string pid, name, state;
  return pipe && ioctl(pipe.get(), FIONREAD, &bytes) == 0 && bytes == 0 && stat >> pid >> name >> state && state == "S";
}

TEST(ServiceLog, AFullDiskStopsNobodyAndIsToldLater) {
  in_world([] {
    make_place("server");
    const std::string directory = log_dir("t");
    std::filesystem::create_directory(directory);
    ASSERT_EQ(0, mount("tmpfs", directory.c_str(), "tmpfs", 0, "size=256k"));
    Services services("t");
    ASSERT_EQ("", run(services, create(shell_service("web", "echo first; seq -f %099.0f 10000; : >/run/through; " +
                                                                until_go + "echo last; exec sleep 1000"))));
    const std::string root = "/proc/" + std::to_string(only_one().pid) + "/root";
    EXPECT_TRUE(eventually([&] { return access((root + "/run/through").c_str(), F_OK) == 0; })) << "it was blocked";
    EXPECT_EQ(RunState::running, only_one().spec.state);
    EXPECT_TRUE(eventually([&] { return has_taken_all(only_one()); }));
    EXPECT_EQ(256U << 10U, size_of("web"));
    std::filesystem::resize_file(directory + "/web", 6);
    go_on();
    const std::string log = log_with("web", "last");
    EXPECT_THAT(log, MatchesRegex("first\n\n?nsbuild: [0-9]+ bytes are missing here: no space was left\nlast\n"));
    const std::size_t number = log.find("nsbuild: ");
    const std::uint64_t all = 10000 * 100 + 6;
    EXPECT_EQ(all - (256U << 10U), number == std::string::npos ? 0 : std::stoull(log.substr(number + 9)));
    EXPECT_EQ("", control_service("t", "web", Control::stop).error);
    umount(directory.c_str());
  });
}

}  // namespace
}  // namespace nsbuild::engine::testing
