#include "engine/init/init.hpp"

#include "engine/init/channel.hpp"
#include "engine/init/log.hpp"
#include "engine/init/setup.hpp"
#include "engine/init/supervision.hpp"

#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace nsbuild::init {
namespace {

constexpr int forwarded[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH};
constexpr pid_t init_pid = 1;

/// Above all fixed descriptors; RLIMIT_NOFILE may be no more than 64.
constexpr int above_fixed = 32;

/// Where ps(1) reads the command line from.
struct Title {
  char* text;
  std::size_t size;
};

/// Hears signals and requests, and has them carried out. A supervisor is one, too; both end by _exit(2).
class Init {
 public:
  Init(StatePage* page, Title title) noexcept
      : log_(&page->log_times), supervision_(&page->state, log_), title_(title) {}
  Supervision& supervision() noexcept { return supervision_; }
  [[noreturn]] void serve() noexcept;

 private:
  void on_signals() noexcept;
  void on_signal(const signalfd_siginfo& info) noexcept;
  void on_request() noexcept;
  void obey(const Request& request, engine::Fd asker, engine::Fd record) noexcept;
  void join(const Request& request, const int* fds) noexcept;

  LogKeeper log_;
  Supervision supervision_;
  Title title_;
};

void Init::on_signal(const signalfd_siginfo& info) noexcept {
  const int signal = static_cast<int>(info.ssi_signo);
  for (const int wanted : forwarded)
    if (signal == wanted) supervision_.forward(signal);
  const bool from_init = getpid() != init_pid && static_cast<pid_t>(info.ssi_pid) == init_pid;
  if (signal == end_signal && from_init) supervision_.leave_rest_to_init();
}

void Init::on_signals() noexcept {
  signalfd_siginfo info[8];
  const ssize_t size = read(signal_fd, info, sizeof info);
  for (std::size_t i = 0; size > 0 && i < static_cast<std::size_t>(size) / sizeof info[0]; ++i) on_signal(info[i]);
  supervision_.reap();  // also when SIGCHLD was merged with another one
}

void Init::obey(const Request& request, engine::Fd asker, engine::Fd record) noexcept {
  switch (request.order) {
    case Order::replace:
      return supervision_.begin(Next::replace, std::move(asker), std::move(record));
    case Order::stop:
      return supervision_.begin(Next::stop, std::move(asker), std::move(record));
    case Order::end:
      return supervision_.begin(Next::end, std::move(asker), {});
    case Order::start:
      return supervision_.start_unless_running(std::move(asker));
    case Order::adopt:
      return supervision_.adopt(std::move(asker), std::move(record));
    case Order::wait:
      return supervision_.wait_for_end(std::move(asker));
    case Order::ready:
      supervision_.note_ready(request.ready_starts, request.ready_hash);
      send_report(asker.get(), Verdict::done, {});
      return;
    case Order::join:
      return;
  }
}

void Init::on_request() noexcept {
  Request request{};
  int fds[request_fds];
  const ssize_t size = receive_message(inbox_fd, &request, sizeof request, fds, request_fds, MSG_DONTWAIT);
  if (size == sizeof request && request.order == Order::join) {
    join(request, fds);
  } else if (size == sizeof request) {
    obey(request, engine::Fd(fds[request_report]), engine::Fd(fds[request_record]));
    fds[request_report] = fds[request_record] = -1;
  }
  for (const int fd : fds) engine::Fd{fd}.reset();
}

/// Of two arguments of poll(2).
int sooner(int a, int b) noexcept { return a < 0 || (b >= 0 && b < a) ? b : a; }

void Init::serve() noexcept {
  for (;;) {
    supervision_.proceed();
    log_.proceed();
    pollfd wait[3] = {{signal_fd, POLLIN, 0}, {inbox_fd, POLLIN, 0}, {log_pipe_fd, POLLIN, 0}};
    poll(wait, 3, sooner(supervision_.timeout(), log_.timeout()));
    if (wait[0].revents != 0) on_signals();
    if (wait[1].revents != 0) on_request();
    if (wait[2].revents != 0) log_.take();
  }
}

[[noreturn]] void give_up(int channel, const Failure& failure) noexcept {
  send_report(channel, Verdict::gave_up, failure);
  _exit(1);
}

[[noreturn]] void give_up(int channel, const char* what) noexcept {
  Failure failure;
  failure.set(errno, what);
  give_up(channel, failure);
}

/// Copies of `fds` that the fixed numbers cannot meet, or the end of this process.
template <std::size_t N>
void move_away(const int* fds, int (&moved)[N], std::size_t report, const char* purpose) noexcept {
  for (std::size_t i = 0; i < N; ++i)
    if ((moved[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, above_fixed)) < 0) give_up(fds[report], purpose);
}

/// Puts what the spawner handed over where it belongs and closes everything else: a lock or a socket that came along
/// would be held as long as the service lives.
void arrange(const int* fds) noexcept {
  int moved[launch_fds];
  move_away(fds, moved, launch_report, "start init");
  close_range(STDERR_FILENO + 1, above_fixed - 1, 0);
  const bool ok = setns(moved[launch_netns], CLONE_NEWNET) == 0 &&
                  dup3(moved[launch_record], record_fd, O_CLOEXEC) >= 0 &&
                  dup3(moved[launch_state], state_fd, O_CLOEXEC) >= 0 &&
                  dup3(moved[launch_logs], log_directory_fd, O_CLOEXEC) >= 0 &&
                  dup3(moved[launch_report], report_fd, O_CLOEXEC) >= 0 &&
                  dup3(moved[launch_operations], report_fd + 1, O_CLOEXEC) >= 0;
  if (!ok) give_up(moved[launch_report], "start init");
  close_range(report_fd + 2, ~0U, 0);
}

/// errno stays that of what failed before.
void close_quietly(int fd) noexcept {
  const int error = errno;
  close(fd);
  errno = error;
}

/// Out of the way of the fixed numbers; -1 of what could not be opened.
int lift(int fd) noexcept {
  if (fd < 0) return fd;
  const int lifted = fcntl(fd, F_DUPFD_CLOEXEC, report_fd + 2);
  close_quietly(fd);
  return lifted;
}

bool settle(int fd, FixedFd where) noexcept {
  if (fd < 0) return false;
  const bool ok = dup3(fd, where, O_CLOEXEC) >= 0;
  close_quietly(fd);
  return ok;
}

/// The fixed descriptors that an init or a supervisor makes itself.
bool open_own() noexcept {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) return false;
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, nullptr);
  const int mailbox = lift(pair[0]);
  const int inbox = lift(pair[1]);
  return settle(mailbox, mailbox_fd) && settle(inbox, inbox_fd) &&
         settle(lift(signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK)), signal_fd);
}

bool hold_machine_proc() noexcept {
  return settle(lift(open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC)), machine_proc_fd);
}

StatePage* map_state() noexcept {
  void* page = mmap(nullptr, sizeof(StatePage), PROT_READ | PROT_WRITE, MAP_SHARED, state_fd, 0);
  return page == MAP_FAILED ? nullptr : static_cast<StatePage*>(page);
}

/// `nsbuild-init lab/service` in ps(1). The rest of the area is zeroed; the kernel prints it as blanks.
void show_name(Title title) noexcept {
  const Mapping memory(record_fd);
  if (!memory) give_up(report_fd, "record");
  std::memset(title.text, 0, title.size);
  if (title.size == 0) return;
  const auto* record = memory.at<RecordHeader>(0);
  append(title.text, title.size, memory.text(record->prefix.lab));
  append(title.text, title.size, "/");
  append(title.text, title.size, memory.text(record->prefix.service));
}

void open_log() noexcept {
  if (LogKeeper::open() != 0) give_up(report_fd, "open its log");
}

/// Waits for nsbuild's word, then furnishes the namespaces.
void furnish_at_go() noexcept {
  Go go{};
  if (read(report_fd, &go, sizeof go) != sizeof go) _exit(1);
  {
    Setup setup;
    if (!furnish(setup, report_fd + 1)) give_up(report_fd, setup.failure);
  }
  close_range(report_fd + 1, ~0U, 0);
  if (chdir("/") != 0) give_up(report_fd, "chdir /");
}

bool starter_is_gone() noexcept {
  pollfd wait{report_fd, 0, 0};
  return poll(&wait, 1, 0) > 0 && (wait.revents & POLLHUP) != 0;
}

/// All that leads to a command that runs, and who is told of it. That of a oneshot is told how it ends. A command that
/// runs stays, even if nobody hears of it: whoever looks next finds it.
void start(Supervision& supervision, bool start_command) noexcept {
  Failure failure;
  if (starter_is_gone()) _exit(1);
  if (!supervision.launch(start_command, failure)) give_up(report_fd, failure);
  if (start_command && supervision.is_oneshot())
    supervision.tell(engine::Fd(fcntl(report_fd, F_DUPFD_CLOEXEC, report_fd + 1)));
  else
    send_report(report_fd, Verdict::done, failure);
  close(report_fd);
}

/// Puts what came with the request where it belongs. Of what the init holds only the machine's /proc is needed, too.
void arrange_joined(const int* fds) noexcept {
  int moved[request_fds];
  move_away(fds, moved, request_report, "start its supervisor");
  close_range(record_fd, signal_fd, 0);
  close_range(machine_proc_fd + 1, above_fixed - 1, 0);
  const bool ok = dup3(moved[request_record], record_fd, O_CLOEXEC) >= 0 &&
                  dup3(moved[request_state], state_fd, O_CLOEXEC) >= 0 &&
                  dup3(moved[request_logs], log_directory_fd, O_CLOEXEC) >= 0 &&
                  dup3(moved[request_report], report_fd, O_CLOEXEC) >= 0;
  if (!ok) give_up(moved[request_report], "start its supervisor");
  close_range(report_fd + 1, ~0U, 0);
}

/// The child that the init has forked for a service that joins. What that leaves behind becomes its child, not the
/// init's (PR_SET_CHILD_SUBREAPER in prctl(2)).
[[noreturn]] void run_supervisor(const Request& request, const int* fds, Title title) noexcept {
  prctl(PR_SET_NAME, "nsbuild-joined");
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  setsid();
  arrange_joined(fds);
  StatePage* state = map_state();
  if (state == nullptr || !open_own()) give_up(report_fd, "start its supervisor");
  show_name(title);
  open_log();
  Init supervisor(state, title);
  start(supervisor.supervision(), request.start_command != 0);
  supervisor.serve();
}

/// fork(2) into a cgroup namespace of its own, which tells its processes from the init's.
void Init::join(const Request& request, const int* fds) noexcept {
  Failure failure;
  Supervisors& supervisors = supervision_.supervisors();
  if (supervision_.is_ending() || getpid() != init_pid || supervisors.full()) {
    failure.set(0, supervisors.full() ? "too many services have joined it" : "nothing can join its init now");
    send_report(fds[request_report], Verdict::failed, failure);
    return;
  }
  clone_args arguments{};
  arguments.flags = CLONE_NEWCGROUP;
  arguments.exit_signal = SIGCHLD;
  const long pid = syscall(SYS_clone3, &arguments, sizeof arguments);
  if (pid == 0) run_supervisor(request, fds, title_);
  if (pid > 0) return supervisors.add(static_cast<pid_t>(pid));
  failure.set(errno, "fork its supervisor");
  send_report(fds[request_report], Verdict::failed, failure);
}

}  // namespace

void run_init(const LaunchRequest& request, const int* fds, char* title, std::size_t title_size) noexcept {
  std::signal(SIGCHLD, SIG_DFL);  // the spawner ignores it
  prctl(PR_SET_NAME, "nsbuild-init");
  setsid();
  arrange(fds);
  StatePage* state = map_state();
  if (state == nullptr || !open_own() || !hold_machine_proc()) give_up(report_fd, "start init");
  show_name({title, title_size});
  open_log();
  Init init(state, {title, title_size});
  furnish_at_go();
  start(init.supervision(), request.start_command != 0);
  init.serve();
}

}  // namespace nsbuild::init
