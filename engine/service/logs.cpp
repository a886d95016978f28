#include "engine/service/logs.hpp"

#include "engine/error.hpp"
#include "engine/fd.hpp"
#include "engine/rundir.hpp"
#include "engine/service/find.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nsbuild::engine {
namespace {

/// SIGINT and its like end the following, not the program.
class Interrupts {
 public:
  Interrupts() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
    sigprocmask(SIG_BLOCK, &set, &before_);
    fd_.reset(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd_) throw SysError("signalfd");
  }
  ~Interrupts() {
    signalfd_siginfo info{};
    while (read(fd_.get(), &info, sizeof info) > 0) {
    }
    sigprocmask(SIG_SETMASK, &before_, nullptr);
  }
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;
  int descriptor() const { return fd_.get(); }

 private:
  sigset_t before_{};
  Fd fd_;
};

/// False when nobody reads it.
bool print(std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = write(STDOUT_FILENO, text.data(), text.size());
    if (wrote < 0 && errno != EINTR) return false;
    if (wrote > 0) text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return true;
}

/// From where we are to the end; from the start again when the log was cut.
bool print_rest(const Fd& log) {
  struct stat status {};
  if (fstat(log.get(), &status) == 0 && lseek(log.get(), 0, SEEK_CUR) > status.st_size) lseek(log.get(), 0, SEEK_SET);
  std::array<char, 65536> bytes{};
  for (ssize_t size = 0; (size = read(log.get(), bytes.data(), bytes.size())) > 0;)
    if (!print({bytes.data(), static_cast<std::size_t>(size)})) return false;
  return true;
}

bool is_removed(const Fd& log) {
  struct stat status {};
  return fstat(log.get(), &status) != 0 || status.st_nlink == 0;
}

void follow_log(const Fd& log, const std::string& path) {
  const Interrupts interrupts;
  const Fd changes(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!changes || inotify_add_watch(changes.get(), path.c_str(), IN_MODIFY | IN_ATTRIB | IN_DELETE_SELF) < 0)
    throw SysError("watch " + path);
  while (print_rest(log) && !is_removed(log)) {
    std::array<pollfd, 3> wait{
        {{changes.get(), POLLIN, 0}, {interrupts.descriptor(), POLLIN, 0}, {STDOUT_FILENO, 0, 0}}};
    poll(wait.data(), wait.size(), -1);
    if (wait[1].revents != 0 || (wait[2].revents & POLLERR) != 0) return;
    std::array<char, 4096> events{};
    while (read(changes.get(), events.data(), events.size()) > 0) {
    }
  }
}

std::uint64_t beginning(const Fd& log, const LogRequest& request) {
  std::uint64_t from = first_line(log);
  if (request.since) from = lines_since(log, log_times_of(request.lab, request.service), from, *request.since);
  return request.tail ? last_lines(log, from, *request.tail) : from;
}

}  // namespace

void print_log(const LogRequest& request) {
  const std::string path = log_path(request.lab, request.service);
  const Fd log(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!log && errno == ENOENT)
    throw Error("lab " + request.lab + " has no log of a service \"" + request.service + "\"");
  if (!log) throw SysError("open " + path);
  lseek(log.get(), static_cast<off_t>(beginning(log, request)), SEEK_SET);
  if (request.follow) {
    follow_log(log, path);
  } else {
    print_rest(log);
  }
}

}  // namespace nsbuild::engine
