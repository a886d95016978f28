#include "tests/engine/service_world.hpp"

#include "engine/error.hpp"
#include "engine/fd.hpp"
#include "engine/place.hpp"
#include "engine/rundir.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace nsbuild::engine::testing {
namespace {

constexpr int everything = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC;

void furnish_world() {
  const bool ok = mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                  mount("proc", "/proc", "proc", 0, nullptr) == 0 && mount("tmpfs", "/run", "tmpfs", 0, nullptr) == 0 &&
                  mount("sysfs", "/sys", "sysfs", 0, nullptr) == 0 && mount("tmpfs", "/tmp", "tmpfs", 0, nullptr) == 0;
  if (!ok) std::perror("world"), _exit(1);
  unsetenv("NSBUILD_RUN_DIR");
}

[[noreturn]] void run_body(const std::function<void()>& body) {
  try {
    body();
  } catch (const std::exception& error) {
    // Or it would unwind into GoogleTest's main, which would run the other tests in here.
    ADD_FAILURE() << "threw: " << error.what();
  }
  std::fflush(nullptr);
  _exit(::testing::Test::HasFailure() ? 1 : 0);
}

/// PID 1 of the world: reaps what services leave, ends with the body and takes all down.
[[noreturn]] void run_first_process(const std::function<void()>& body) {
  furnish_world();
  const pid_t child = fork();
  if (child == 0) run_body(body);
  for (int status = 0;;)
    if (wait(&status) == child) _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 2);
}

[[noreturn]] void run_outside(const std::function<void()>& body) {
  if (unshare(everything) != 0) _exit(77);
  const pid_t first = fork();
  if (first == 0) run_first_process(body);
  int status = 0;
  waitpid(first, &status, 0);
  _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 3);
}

std::vector<pid_t> all_processes() {
  std::vector<pid_t> pids;
  for (const auto& entry : std::filesystem::directory_iterator("/proc"))
    if (const int pid = std::atoi(entry.path().filename().c_str()); pid > 0) pids.push_back(pid);
  return pids;
}

void must(bool ok, const char* what) {
  if (!ok) std::perror(what), std::abort();
}

}  // namespace

void in_world(const std::function<void()>& body) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root: a world is made of namespaces";
  std::fflush(nullptr);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) run_outside(body);
  int status = 0;
  ASSERT_EQ(child, waitpid(child, &status, 0));
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) GTEST_SKIP() << "this user may not make namespaces";
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "failed in its world, see above";
}

void make_place(const std::string& place) {
  mkdir("/run/netns", 0755);
  make_lab_dir("t");
  mkdir((lab_dir("t") + "/hosts").c_str(), 0755);
  std::ofstream(hosts_path("t", place)) << "127.0.0.1 localhost\n10.0.0.1 " << place << "\n";
  const std::string pin = pin_path({"t", place});
  const Fd file(open(pin.c_str(), O_CREAT | O_CLOEXEC, 0444));
  const pid_t child = fork();
  if (child == 0) {
    const bool ok =
        unshare(CLONE_NEWNET) == 0 && mount("/proc/self/ns/net", pin.c_str(), nullptr, MS_BIND, nullptr) == 0;
    _exit(ok ? 0 : 1);
  }
  int status = 0;
  must(waitpid(child, &status, 0) == child && status == 0, "make_place");
}

planner::Service service(const std::string& name, std::vector<std::string> command) {
  planner::Service made;
  made.name = name;
  made.place = "server";
  made.hostname = name;
  made.command = std::move(command);
  made.environment = {{"LANG", "C.UTF-8"},
                      {"NSBUILD_LAB", "t"},
                      {"NSBUILD_SERVICE", name},
                      {"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}};
  made.origin = "topo.yaml:12";
  return made;
}

planner::Service shell_service(const std::string& name, const std::string& script) {
  return service(name, {"/bin/sh", "-c", script});
}

planner::Step create(const planner::Service& service) { return {std::nullopt, service, {}, {}, {}}; }
planner::Step change(const planner::Service& before, const planner::Service& after) {
  return {before, after, {}, {}, {}};
}
planner::Step remove(const planner::Service& service) { return {service, std::nullopt, {}, {}, {}}; }

std::vector<std::string> run(Services& services, const std::vector<planner::Step>& steps) {
  std::vector<std::string> errors(steps.size(), "timeout");
  for (std::size_t i = 0; i < steps.size(); ++i) services.submit({i, &steps[i]});
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  for (std::size_t left = steps.size(); left > 0 && std::chrono::steady_clock::now() < give_up;) {
    std::vector<pollfd> wait;
    for (const int fd : services.descriptors()) wait.push_back({fd, POLLIN, 0});
    const auto until = std::min(services.deadline().value_or(give_up), give_up) - std::chrono::steady_clock::now();
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(until).count();
    poll(wait.data(), wait.size(), static_cast<int>(std::max<std::int64_t>(ms, 0)));
    for (const Outcome& outcome : services.reap()) {
      errors.at(outcome.id) = outcome.error;
      --left;
    }
  }
  return errors;
}

std::string run(Services& services, const planner::Step& step) { return run(services, std::vector{step}).front(); }

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string log_of(const std::string& service) {
  const std::string path = log_dir("t") + "/" + service;
  return read_file(path + init::older_log_suffix) + read_file(path);
}

bool eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 1000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return condition();
}

std::string log_with(const std::string& service, const std::string& text) {
  eventually([&] { return ("\n" + log_of(service)).find("\n" + text + "\n") != std::string::npos; });
  return log_of(service);
}

std::string output_of(const planner::Service& service) {
  Services services("t");
  EXPECT_EQ("", run(services, create(service)));
  return log_with(service.name, "end");
}

void go_on() { std::ofstream("/tmp/go"); }

std::int64_t boottime() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return std::int64_t{now.tv_sec} * 1000000000 + now.tv_nsec;
}

planner::Service sleeper(const std::string& name) { return service(name, {"sleep", "1000"}); }

RunningService only_one() {
  const std::vector<RunningService> found = find_services("t");
  if (found.size() != 1) throw Error("found " + std::to_string(found.size()) + " services");
  return found.front();
}

RunningService the(const std::string& name) {
  for (RunningService& found : find_services("t"))
    if (found.spec.name == name) return found;
  throw Error("no service " + name);
}

bool gone(pid_t pid) {
  const std::string stat = read_file("/proc/" + std::to_string(pid) + "/stat");
  return stat.empty() || stat.find(") Z ") != std::string::npos;
}

std::vector<pid_t> processes_of(const RunningService& service) {
  const auto namespace_of = [](pid_t pid) {
    char link[64] = {};
    return readlink(("/proc/" + std::to_string(pid) + "/ns/pid").c_str(), link, sizeof link - 1) > 0 ? link
                                                                                                     : std::string();
  };
  const std::string theirs = namespace_of(service.init);
  EXPECT_NE("", theirs);
  std::vector<pid_t> pids = all_processes();
  std::erase_if(pids, [&](pid_t pid) { return namespace_of(pid) != theirs; });
  return pids;
}

std::size_t processes_called(const std::string& name) {
  const std::vector<pid_t> pids = all_processes();
  return static_cast<std::size_t>(std::count_if(pids.begin(), pids.end(), [&](pid_t pid) {
    return !gone(pid) && read_file("/proc/" + std::to_string(pid) + "/comm") == name + "\n";
  }));
}

}  // namespace nsbuild::engine::testing
