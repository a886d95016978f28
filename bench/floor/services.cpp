#include "bench/floor/services.hpp"

#include "bench/floor/clock.hpp"

#include <array>
#include <csignal>
#include <stdexcept>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

namespace floor_bench {

namespace {

constexpr const char* hosts = "/run/floor-hosts";
constexpr int private_namespaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC;

/// What every service of nsbuild has, but for its own name: with a LANG, a program reads the files of that locale.
constexpr std::array<const char*, 5> environment{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                                                 "LANG=C.UTF-8", "HOME=/root", "USER=root", nullptr};

struct Start {
  const Place* place;
  bool isolated;
};

bool mount_all() noexcept {
  const auto fresh = [](const char* type, const char* target) { return ::mount(type, target, type, 0, nullptr) == 0; };
  return ::mount(hosts, "/etc/hosts", "none", MS_BIND, nullptr) == 0 && fresh("proc", "/proc") &&
         fresh("sysfs", "/sys") && fresh("cgroup2", "/sys/fs/cgroup") && fresh("tmpfs", "/dev/shm") &&
         (fresh("mqueue", "/dev/mqueue") || errno == ENOENT) && fresh("tmpfs", "/run");
}

/// In the child, which has its parent's memory until the exec: system calls only.
int execute(void* start) noexcept {
  const auto& [place, isolated] = *static_cast<const Start*>(start);
  if (isolated && (::sethostname(place->name.data(), place->name.size()) != 0 || !mount_all())) ::_exit(126);
  std::array<char*, 3> argv{const_cast<char*>("sleep"), const_cast<char*>("infinity"), nullptr};
  ::execve("/usr/bin/sleep", argv.data(), const_cast<char* const*>(environment.data()));
  ::_exit(127);
}

pid_t spawn(Start start) {
  alignas(16) static std::array<char, 65536> stack;
  const int flags = CLONE_VM | CLONE_VFORK | SIGCHLD | (start.isolated ? private_namespaces : 0);
  return check(::clone(execute, stack.data() + stack.size(), flags, &start), "clone");
}

/// A mount namespace is copied mount by mount, so the pins go first.
void leave_pins() {
  check(::unshare(CLONE_NEWNS), "unshare");
  check(::mount("", "/", "none", MS_REC | MS_PRIVATE, nullptr), "private");
  check(::umount2("/run/netns", MNT_DETACH), "umount /run/netns");
}

ServiceTimes start_and_kill(const Lab& lab, bool isolated) {
  if (isolated) leave_pins();
  std::vector<pid_t> running;
  const double begin = now();
  for (const Place* place : lab.services()) {
    check(::setns(place->netns, CLONE_NEWNET), "setns");
    running.push_back(spawn({place, isolated}));
  }
  const double up = now();
  for (const pid_t pid : running) {
    int status = 0;
    if (::waitpid(pid, &status, WNOHANG) != 0) throw std::runtime_error("a service has ended by itself");
  }
  const double looked = now();
  for (const pid_t pid : running) check(::kill(pid, SIGKILL), "kill");
  for (const pid_t pid : running) check(::waitpid(pid, nullptr, 0), "wait");
  return {up - begin, now() - looked};
}

}  // namespace

ServiceTimes run_services(const Lab& lab, bool isolated) {
  ::close(check(::open(hosts, O_CREAT | O_WRONLY | O_CLOEXEC, 0644), hosts));
  std::array<int, 2> ends{};
  check(::pipe2(ends.data(), O_CLOEXEC), "pipe");
  const pid_t child = check(::fork(), "fork");
  if (child == 0) {
    try {
      const ServiceTimes times = start_and_kill(lab, isolated);
      ::_exit(::write(ends[1], &times, sizeof times) == sizeof times ? 0 : 1);
    } catch (const std::exception& error) {
      ::dprintf(STDERR_FILENO, "floor: services: %s\n", error.what());
      ::_exit(1);
    }
  }
  ::close(ends[1]);
  ServiceTimes times;
  const bool told = ::read(ends[0], &times, sizeof times) == sizeof times;
  ::close(ends[0]);
  check(::waitpid(child, nullptr, 0), "wait");
  if (!told) throw std::runtime_error("the services did not run");
  return times;
}

}  // namespace floor_bench
