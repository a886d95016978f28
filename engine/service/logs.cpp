#include "engine/service/logs.hpp"

#include "engine/error.hpp"
#include "engine/fd.hpp"
#include "engine/lab_files.hpp"
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

/// False when nobody reads it. `at` goes along.
bool print_rest(const Log& log, std::uint64_t& at) {
  for (std::string text; !(text = log.read(at)).empty(); at += text.size())
    if (!print(text)) return false;
  return true;
}

/// Wakes when a service writes to its log, or when one is begun or removed.
class Changes {
 public:
  Changes(const std::string& directory, const std::string& service)
      : path_(directory + "/" + service), fd_(inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
    if (!fd_ || inotify_add_watch(fd_.get(), directory.c_str(), IN_CREATE | IN_MOVED_TO | IN_DELETE) < 0)
      throw SysError("watch " + directory);
  }

  /// The file of that name now; while there is none, the directory tells.
  void watch_newest() {
    if (inotify_add_watch(fd_.get(), path_.c_str(), IN_MODIFY) < 0 && errno != ENOENT) throw SysError("watch " + path_);
  }

  /// False when it is not to go on.
  bool wait(const Interrupts& interrupts) {
    std::array<pollfd, 3> wait{{{fd_.get(), POLLIN, 0}, {interrupts.descriptor(), POLLIN, 0}, {STDOUT_FILENO, 0, 0}}};
    poll(wait.data(), wait.size(), -1);
    std::array<char, 4096> events{};
    while (read(fd_.get(), events.data(), events.size()) > 0) {
    }
    return wait[1].revents == 0 && (wait[2].revents & POLLERR) == 0;
  }

 private:
  std::string path_;
  Fd fd_;
};

/// Each file is read to its end after another one has taken its place: nothing is written to it any more then.
void follow_log(const Fd& directory, const LogRequest& request, Log log, std::uint64_t at) {
  const Interrupts interrupts;
  Changes changes(log_dir(request.lab), request.service);
  for (bool is_same = false; !is_same || changes.wait(interrupts);) {
    changes.watch_newest();
    at = log.position(log.place(at));  // another one when somebody has cut it by hand
    std::optional<Log> now = open_log(directory, request.service);
    if (!print_rest(log, at) || !now || now->has_lost_end_of(log)) return;
    is_same = now->is_same(log);
    at = now->position(log.place(at));
    log = *std::move(now);
  }
}

std::uint64_t beginning(const Log& log, const LogRequest& request) {
  std::uint64_t from = 0;
  if (request.since) from = lines_since(log, log_times_of(request.lab, request.service), *request.since);
  return request.tail ? last_lines(log, from, *request.tail) : from;
}

}  // namespace

void print_log(const LogRequest& request) {
  const Fd directory = open_in_lab(request.lab, log_directory, O_PATH | O_DIRECTORY);
  std::optional<Log> log = directory ? open_log(directory, request.service) : std::nullopt;
  if (!log) throw Error("lab " + request.lab + " has no log of a service \"" + request.service + "\"");
  std::uint64_t at = beginning(*log, request);
  if (request.follow)
    follow_log(directory, request, *std::move(log), at);
  else
    print_rest(*log, at);
}

}  // namespace nsbuild::engine
