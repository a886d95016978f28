#include "engine/service/spawner.hpp"

#include "engine/error.hpp"
#include "engine/holders.hpp"
#include "engine/init/channel.hpp"
#include "engine/init/wire.hpp"
#include "engine/listing.hpp"
#include "engine/place.hpp"
#include "engine/service/image.hpp"
#include "engine/service/memfd.hpp"
#include "engine/service/pidfd.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace nsbuild::engine {
namespace {

constexpr int channel_fd = 3;  // as engine/init/spawner.cpp has it

struct Start {
  int channel, image, null;
  const char* pins;
  const char* title;
  volatile int error = 0;
};

/// In the vfork child: only system calls. The numbers are moved out of the way first, then put where the program
/// expects them; nothing else of ours, no lock above all, may go along.
void exec_spawner(Start& start) noexcept {
  constexpr int above = 10;
  const int channel = fcntl(start.channel, F_DUPFD_CLOEXEC, above);
  const int image = fcntl(start.image, F_DUPFD_CLOEXEC, above);
  const int null = fcntl(start.null, F_DUPFD_CLOEXEC, above);
  if (channel < 0 || image < 0 || null < 0) return void(start.error = errno);
  for (int fd = 0; fd < 3; ++fd) dup2(null, fd);
  dup2(channel, channel_fd);
  dup3(image, 4, O_CLOEXEC);
  close_range(5, ~0U, 0);
  char name[] = "nsbuild-init";
  char* const arguments[] = {name, const_cast<char*>(start.pins), const_cast<char*>(start.title), nullptr};
  char* const environment[] = {nullptr};
  execveat(4, "", arguments, environment, AT_EMPTY_PATH);
  start.error = errno;
}

[[gnu::noinline]] pid_t start_spawner(Start& start) {
  const pid_t pid = vfork();
  if (pid == 0) {
    exec_spawner(start);
    _exit(127);
  }
  return pid;
}

/// None unless it is one whose channel nobody has the other end of any more.
Fd open_lost_spawner(pid_t pid) {
  struct stat own {
  }, theirs{};
  const std::string ns = "/proc/" + std::to_string(pid) + "/ns/pid";
  if (stat("/proc/self/ns/pid", &own) != 0 || stat(ns.c_str(), &theirs) != 0 || own.st_ino != theirs.st_ino) return {};
  Fd pidfd = open_pidfd(pid);
  if (!pidfd && is_scarcity(errno)) throw SysError("look at process " + std::to_string(pid));
  if (!pidfd || !runs_init_program(pid)) return {};
  const Fd channel = copy_fd(pidfd, channel_fd);
  if (!channel && is_scarcity(errno)) throw SysError("look at process " + std::to_string(pid));
  pollfd end{channel.get(), 0, 0};
  const bool is_lost = channel && poll(&end, 1, 0) == 1 && (end.revents & POLLHUP) != 0;
  return is_lost ? std::move(pidfd) : Fd();
}

}  // namespace

bool runs_init_program(pid_t pid) {
  constexpr std::string_view program{"/memfd:"};
  const std::string link = link_of_proc("/proc/" + std::to_string(pid) + "/exe");
  return link.starts_with(program) && std::string_view(link).substr(program.size()).starts_with(init_program);
}

/// One whose nsbuild has just ended is given the time to end.
std::vector<pid_t> lost_spawners() {
  constexpr int milliseconds = 1000;
  std::vector<pid_t> all = processes();
  std::erase_if(all, [](pid_t pid) {
    const Fd spawner = open_lost_spawner(pid);
    pollfd end{spawner.get(), POLLIN, 0};
    return !spawner || poll(&end, 1, milliseconds) != 0;
  });
  return all;
}

void end_lost_spawner(pid_t pid) {
  if (const Fd spawner = open_lost_spawner(pid)) send_signal(spawner, SIGKILL);
}

Spawner::Spawner() {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) throw SysError("socketpair");
  channel_.reset(pair[0]);
  const Fd theirs(pair[1]);
  const Fd image = program_memfd(init_program, init_image());
  const Fd null(open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null) throw SysError("open /dev/null");
  const std::string pins = pin_directory();
  const std::string title(128, ' ');  // each init writes its service's name there
  Start start{theirs.get(), image.get(), null.get(), pins.c_str(), title.c_str()};
  pid_ = start_spawner(start);
  if (pid_ < 0) throw SysError("fork the spawner of services");
  if (start.error == 0) return;
  waitpid(pid_, nullptr, 0);
  throw SysError("start the spawner of services", start.error);
}

Spawner::~Spawner() {
  channel_.reset();
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void Spawner::launch(std::uint64_t id, bool start_command, const LaunchFds& fds) {
  std::array<int, init::launch_fds> sent{};
  sent[init::launch_netns] = fds.netns;
  sent[init::launch_record] = fds.record;
  sent[init::launch_operations] = fds.operations;
  sent[init::launch_state] = fds.state;
  sent[init::launch_logs] = fds.logs;
  sent[init::launch_report] = fds.report;
  const init::LaunchRequest request{id, start_command ? 1U : 0U};
  if (init::send_message(channel_.get(), &request, sizeof request, sent.data(), sent.size()) != 0)
    throw SysError("ask the spawner of services");
}

std::optional<NewInit> Spawner::receive() {
  init::Launched launched{};
  int pidfd = -1;
  const ssize_t size = init::receive_message(channel_.get(), &launched, sizeof launched, &pidfd, 1, MSG_DONTWAIT);
  NewInit made{launched.id, launched.pid, Fd(pidfd), launched.error};
  if (size == sizeof launched) {
    if (made.error == 0 && !made.pidfd) made.error = EMFILE;  // no room for the descriptor that came along (MSG_CTRUNC)
    return made;
  }
  if (size < 0 && errno == EAGAIN) return std::nullopt;
  throw Error("the spawner of services has died");
}

}  // namespace nsbuild::engine
