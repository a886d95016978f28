#include "engine/init/init.hpp"

#include "engine/init/channel.hpp"
#include "engine/init/command.hpp"
#include "engine/init/setup.hpp"

#include <cerrno>
#include <csignal>
#include <ctime>

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace nsbuild::init {
namespace {

constexpr int forwarded[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH};

std::int64_t boottime() noexcept {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return std::int64_t{now.tv_sec} * 1000000000 + now.tv_nsec;
}

bool send_report(int channel, bool ok, const Failure& failure) noexcept {
  const Report report{ok ? 0U : 1U, ok ? 0 : failure.error};
  return send_message(channel, &report, sizeof report, nullptr, 0, failure.text, ok ? 0 : std::strlen(failure.text)) ==
         0;
}

/// What is to happen once the command has ended.
enum class Next { stay, replace, stop, end };

class Init {
 public:
  explicit Init(State* state) noexcept : state_(state) {}
  bool start(Failure& failure) noexcept;
  void stopped() noexcept;
  [[noreturn]] void serve() noexcept;

 private:
  template <class Change>
  void publish(Change change) noexcept;
  void on_signals() noexcept;
  void reap() noexcept;
  void command_ended(int wait_status) noexcept;
  void on_request() noexcept;
  void obey(const Request& request) noexcept;
  void begin_stop(const Request& request, Next next) noexcept;
  void proceed() noexcept;
  void answer(bool ok, const Failure& failure) noexcept;
  int timeout() const noexcept;
  void on_timeout() noexcept;

  State* state_;
  pid_t command_ = 0;  // in this PID namespace
  Next next_ = Next::stay;
  std::int64_t deadline_ = 0;  // CLOCK_BOOTTIME, ns; 0 is none
  engine::Fd asker_;           // who waits for the order under way
  engine::Fd record_;          // the record to replace ours
};

/// A reader retries while `sequence` is odd or has moved.
template <class Change>
void Init::publish(Change change) noexcept {
  __atomic_add_fetch(&state_->sequence, 1, __ATOMIC_SEQ_CST);
  change(*state_);
  __atomic_add_fetch(&state_->sequence, 1, __ATOMIC_SEQ_CST);
}

bool Init::start(Failure& failure) noexcept {
  Started started;
  const std::int64_t now = boottime();
  const bool ok = start_command(record_fd, started, failure);
  command_ = ok ? started.inner : 0;
  publish([&](State& state) {
    state.phase = ok ? Phase::running : Phase::exited;
    state.pid = ok ? started.outer : 0;
    state.wait_status = ok ? 0 : 127 << 8;  // as a shell says "not started"
    state.started_at = now;
    if (ok) ++state.starts;
  });
  return ok;
}

void Init::stopped() noexcept {
  publish([](State& state) {
    if (state.phase == Phase::starting) state.phase = Phase::stopped;
  });
}

void Init::command_ended(int wait_status) noexcept {
  command_ = 0;
  const bool asked = next_ == Next::stop;
  publish([&](State& state) {
    state.phase = asked ? Phase::stopped : Phase::exited;
    state.pid = 0;
    state.wait_status = wait_status;
  });
}

void Init::reap() noexcept {
  int status = 0;
  for (pid_t pid = 0; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
    if (pid == command_) command_ended(status);
}

void Init::on_signals() noexcept {
  signalfd_siginfo info[8];
  const ssize_t size = read(signal_fd, info, sizeof info);
  for (std::size_t i = 0; size > 0 && i < static_cast<std::size_t>(size) / sizeof info[0]; ++i) {
    const int signal = static_cast<int>(info[i].ssi_signo);
    for (const int wanted : forwarded)
      if (signal == wanted && command_ > 0) kill(-command_, signal);
  }
  reap();  // also when SIGCHLD was merged with another one
}

void Init::answer(bool ok, const Failure& failure) noexcept {
  if (asker_) send_report(asker_.get(), ok, failure);
  asker_.reset();
}

/// The command has ended, or never ran: does what was to come. Whatever it left behind in the PID namespace ends too.
void Init::proceed() noexcept {
  if (command_ > 0 || next_ == Next::stay) return;
  if (next_ == Next::end) _exit(0);
  kill(-1, SIGKILL);
  while (waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
  }
  deadline_ = 0;
  Failure failure;
  const Next next = next_;
  next_ = Next::stay;
  if (next == Next::stop) return answer(true, failure);
  if (record_ && dup3(record_.get(), record_fd, O_CLOEXEC) < 0)
    return failure.set(errno, "record"), answer(false, failure);
  record_.reset();
  answer(start(failure), failure);
}

void Init::begin_stop(const Request& request, Next next) noexcept {
  next_ = next;
  if (command_ > 0) {
    kill(-command_, request.signal);
    kill(-command_, SIGCONT);  // a stopped process would not see it
    deadline_ = boottime() + std::int64_t{request.grace_ms} * 1000000;
  }
  proceed();
}

void Init::obey(const Request& request) noexcept {
  switch (request.order) {
    case Order::replace:
      return begin_stop(request, Next::replace);
    case Order::stop: {
      if (command_ == 0) publish([](State& state) { state.phase = Phase::stopped; });
      return begin_stop(request, Next::stop);
    }
    case Order::end:
      return begin_stop(request, Next::end);
    case Order::start: {
      Failure failure;
      const bool ok = command_ > 0 || start(failure);
      return answer(ok, failure);
    }
  }
}

/// One order at a time; a later one waits in the inbox, but an `end` overtakes what is under way.
void Init::on_request() noexcept {
  Request request{};
  int fds[2];
  if (receive_message(inbox_fd, &request, sizeof request, fds, 2, MSG_DONTWAIT) != sizeof request) {
    for (const int fd : fds) engine::Fd{fd}.reset();
    return;
  }
  if (asker_) {
    Failure superseded;
    superseded.set(0, "superseded by a later order");
    answer(false, superseded);
  }
  asker_.reset(fds[0]);
  record_.reset(fds[1]);
  obey(request);
}

int Init::timeout() const noexcept {
  if (deadline_ == 0) return -1;
  const std::int64_t left = (deadline_ - boottime() + 999999) / 1000000;
  return left < 0 ? 0 : static_cast<int>(left < 1000000 ? left : 1000000);
}

/// The grace is over; its SIGCHLD brings us to proceed().
void Init::on_timeout() noexcept {
  if (deadline_ == 0 || boottime() < deadline_) return;
  deadline_ = 0;
  if (command_ > 0) kill(-command_, SIGKILL), kill(command_, SIGKILL);
}

void Init::serve() noexcept {
  for (;;) {
    pollfd wait[2] = {{signal_fd, POLLIN, 0}, {inbox_fd, POLLIN, 0}};
    poll(wait, 2, timeout());
    if (wait[0].revents != 0) on_signals();
    on_timeout();
    proceed();
    if (wait[1].revents != 0) on_request();
  }
}

/// Puts what the spawner handed over where it belongs and closes everything else: a lock or a socket that came along
/// would be held as long as the service lives.
bool arrange(const int* fds) noexcept {
  constexpr int above = 64;
  int moved[launch_fds];
  for (int i = 0; i < launch_fds; ++i)
    if ((moved[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, above)) < 0) return false;
  close_range(STDERR_FILENO + 1, above - 1, 0);
  const bool ok =
      setns(moved[launch_netns], CLONE_NEWNET) == 0 && dup2(moved[launch_log], STDOUT_FILENO) >= 0 &&
      dup2(moved[launch_log], STDERR_FILENO) >= 0 && dup3(moved[launch_record], record_fd, O_CLOEXEC) >= 0 &&
      dup3(moved[launch_state], state_fd, O_CLOEXEC) >= 0 && dup3(moved[launch_report], report_fd, O_CLOEXEC) >= 0 &&
      dup3(moved[launch_operations], report_fd + 1, O_CLOEXEC) >= 0;
  const int error = errno;
  close_range(report_fd + 2, ~0U, 0);
  errno = error;
  return ok;
}

/// Out of the way of the fixed numbers.
int lift(int fd) noexcept {
  const int lifted = fcntl(fd, F_DUPFD_CLOEXEC, report_fd + 2);
  close(fd);
  return lifted;
}

bool settle(int fd, FixedFd where) noexcept {
  const bool ok = fd >= 0 && dup3(fd, where, O_CLOEXEC) >= 0;
  close(fd);
  return ok;
}

/// The fixed descriptors that an init makes itself.
bool open_own() noexcept {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) return false;
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, nullptr);
  const int mailbox = lift(pair[0]);
  const int inbox = lift(pair[1]);
  const int signals = lift(signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK));
  const int proc = lift(open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC));
  return settle(mailbox, mailbox_fd) && settle(inbox, inbox_fd) && settle(signals, signal_fd) &&
         settle(proc, machine_proc_fd);
}

/// `nsbuild-init lab/service` in ps(1). The rest of the area is zeroed; the kernel prints it as blanks.
void show_name(char* title, std::size_t size) noexcept {
  const Mapping memory(record_fd);
  std::memset(title, 0, size);
  if (!memory || size == 0) return;
  const auto* record = memory.at<RecordHeader>(0);
  append(title, size, memory.text(record->lab));
  append(title, size, "/");
  append(title, size, memory.text(record->service));
}

[[noreturn]] void give_up(int channel, const Failure& failure) noexcept {
  send_report(channel, false, failure);
  _exit(1);
}

/// Waits for nsbuild's word, then does all that leads to a running command.
bool launch(Init& init, bool start_command, Failure& failure) noexcept {
  Go go{};
  if (read(report_fd, &go, sizeof go) != sizeof go) _exit(1);
  {
    Setup setup;
    if (!furnish(setup, report_fd + 1)) {
      failure = setup.failure;
      return false;
    }
  }
  close_range(report_fd + 1, ~0U, 0);
  if (chdir("/") != 0) return failure.set(errno, "chdir /"), false;
  if (start_command) return init.start(failure);
  init.stopped();
  return true;
}

}  // namespace

void run_init(const LaunchRequest& request, const int* fds, char* title, std::size_t title_size) noexcept {
  std::signal(SIGCHLD, SIG_DFL);  // the spawner ignores it
  prctl(PR_SET_NAME, "nsbuild-init");
  setsid();
  Failure failure;
  if (!arrange(fds)) {
    failure.set(errno, "start init");
    give_up(fds[launch_report], failure);
  }
  void* page = mmap(nullptr, sizeof(State), PROT_READ | PROT_WRITE, MAP_SHARED, state_fd, 0);
  if (page == MAP_FAILED || !open_own()) {
    failure.set(errno, "start init");
    give_up(report_fd, failure);
  }
  show_name(title, title_size);
  Init init(static_cast<State*>(page));
  if (!launch(init, request.start_command != 0, failure)) give_up(report_fd, failure);
  if (!send_report(report_fd, true, failure)) _exit(1);  // nobody would know of it
  close(report_fd);
  init.serve();
}

}  // namespace nsbuild::init
