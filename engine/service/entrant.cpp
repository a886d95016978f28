#include "engine/service/entrant.hpp"

#include "engine/error.hpp"
#include "engine/init/channel.hpp"
#include "engine/init/exec.hpp"
#include "engine/init/identity.hpp"
#include "engine/init/limits.hpp"
#include "engine/init/setup.hpp"

#include <array>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace nsbuild::engine {
namespace {

enum class Word : int { master, exec_failed, failed };

struct Said {
  Word word;
  int error;
};

/// Whoever does this has a network namespace and what is mounted for its visitors. Only system calls; false, with the
/// words in `failure`, when it cannot be.
bool visit(const Entrance& entrance, init::Failure& failure) noexcept {
  const auto failed = [&](const char* what) { return failure.set(errno, what), false; };
  if (setns(entrance.netns.get(), CLONE_NEWNET) != 0) return failed("enter its network namespace");
  if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0)
    return failed("make a mount namespace");
  init::Setup setup;
  if (init::furnish(setup, entrance.operations.data())) return true;
  failure = setup.failure;
  return false;
}

/// Returns the errno when neither the command nor, for a user's own shell that is not there, another one can be run.
int exec_command(const Entrance& entrance, char* const* arguments, char* const* environment, char* candidate) noexcept {
  const char* path = init::value_of(environment, "PATH");
  const int error = init::search_and_exec(path, arguments, environment, candidate);
  if (error != ENOENT || !entrance.or_default_shell) return error;
  char shell[] = "/bin/sh";
  char* const instead[] = {shell, nullptr};
  return init::search_and_exec(path, instead, environment, candidate);
}

/// The child's side. It runs after a fork of a process that may be large and, under tests, instrumented: no heap, no
/// exceptions, every failure ends in fail().
class Child {
 public:
  Child(const Entrance& entrance, char* const* arguments, char* const* environment, int channel)
      : entrance_(entrance), arguments_(arguments), environment_(environment), channel_(channel) {}
  [[noreturn]] void run() noexcept;

 private:
  [[noreturn]] void fail(const char* what, int error) const noexcept;
  void enter() noexcept;
  void stand_apart() noexcept;
  void make_terminal() noexcept;
  void become_user() noexcept;
  void become_as_recorded() noexcept;
  void limit(const init::Mapping& memory) noexcept;
  void become(const init::Who& who, const init::Mapping* settings) noexcept;
  void stay_with_parent() noexcept;
  [[noreturn]] void exec() noexcept;

  const Entrance& entrance_;
  char* const* arguments_;
  char* const* environment_;  // with two empty places at the end
  int channel_;
  int slave_ = -1;
  init::Arena arena_;
};

void Child::fail(const char* what, int error) const noexcept {
  const Said said{Word::failed, error};
  init::send_message(channel_, &said, sizeof said, nullptr, 0, what, std::strlen(what));
  _exit(125);
}

/// What nsbuild blocked or handles is not the command's business.
void reset_signals() noexcept {
  for (int signal = 1; signal < NSIG; ++signal) std::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

void Child::enter() noexcept {
  if (entrance_.init) {
    constexpr int all = CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC;
    if (setns(entrance_.init.get(), all) != 0) fail("enter its namespaces", errno);
    if (chdir("/") != 0) fail("chdir /", errno);
    umask(022);
    return;
  }
  init::Failure failure;
  if (!visit(entrance_, failure)) fail(failure.text, failure.error);
}

/// A signal to the caller's process group is not for it, and what it starts can be ended with it.
void Child::stand_apart() noexcept {
  if (entrance_.output < 0) return;
  const int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (input < 0) fail("open /dev/null", errno);
  if (setsid() < 0 || dup2(input, STDIN_FILENO) < 0 || dup2(entrance_.output, STDOUT_FILENO) < 0 ||
      dup2(entrance_.output, STDERR_FILENO) < 0)
    fail("arrange its output", errno);
}

/// From the devpts that is seen inside, so that tty(1) finds its name there. Standard output and error that lead
/// elsewhere stay what they are.
void Child::make_terminal() noexcept {
  if (!entrance_.terminal) return;
  const int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
  int unlock = 0;
  if (master < 0 || ioctl(master, TIOCSPTLCK, &unlock) != 0) fail("open a pseudo-terminal", errno);
  slave_ = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (slave_ < 0) fail("open a pseudo-terminal", errno);
  tcsetattr(slave_, TCSANOW, &entrance_.terminal->modes);
  ioctl(slave_, TIOCSWINSZ, &entrance_.terminal->window);
  if (setsid() < 0 || ioctl(slave_, TIOCSCTTY, 0) != 0) fail("take the pseudo-terminal", errno);
  const Said said{Word::master, 0};
  init::send_message(channel_, &said, sizeof said, &master, 1);
  close(master);
  dup2(slave_, STDIN_FILENO);
  if (isatty(STDOUT_FILENO) != 0) dup2(slave_, STDOUT_FILENO);
  if (isatty(STDERR_FILENO) != 0) dup2(slave_, STDERR_FILENO);
}

void add_default(init::Arena& arena, char* const* environment, const char* name, const char* value) noexcept {
  if (init::value_of(environment, name) != nullptr) return;
  auto* end = const_cast<char**>(environment);
  while (*end != nullptr) ++end;
  *end = init::concat(arena, name, "=", value);
}

void Child::become_user() noexcept {
  if (entrance_.record) return become_as_recorded();
  if (entrance_.user.empty() && !entrance_.add_user) return;
  become({.user = entrance_.user.c_str()}, nullptr);
}

/// As the init starts the service's command. What has to be looked up comes before the limits, which may be of files.
void Child::become_as_recorded() noexcept {
  const init::Mapping memory(entrance_.record.get());
  if (!memory) fail("record", errno);
  const auto* record = memory.at<init::RecordHeader>(0);
  become({memory.text(record->user), memory.text(record->group), memory.text(record->groups), record->group_count},
         &memory);
  if (chdir(memory.text(record->working_dir)) != 0) fail("working_dir", errno);
}

void Child::limit(const init::Mapping& memory) noexcept {
  const auto* record = memory.at<init::RecordHeader>(0);
  umask(record->umask);
  init::LimitFailure failure;
  if (init::set_limits(memory.text(record->limits), record->limit_count, failure) != 0) fail("rlimits", failure.error);
  if (record->has_nice != 0 && setpriority(PRIO_PROCESS, 0, record->nice) != 0) fail("nice", errno);
}

void Child::become(const init::Who& who, const init::Mapping* settings) noexcept {
  init::Identity identity;
  init::Failure failure;
  if (!init::look_up(who, arena_, identity, failure)) fail(failure.text, failure.error);
  if (settings != nullptr) limit(*settings);
  if (slave_ >= 0 && fchown(slave_, identity.uid, static_cast<gid_t>(-1)) != 0) fail("own the pseudo-terminal", errno);
  if (init::assume(identity) != 0) fail("become the user", errno);
  if (!entrance_.add_user) return;
  add_default(arena_, environment_, "HOME", identity.home);
  add_default(arena_, environment_, "USER", identity.name);
}

/// Whoever asked for the command may be killed; it must not live on unseen. Set after the change of user, which clears
/// it (prctl(2)); a parent that has died before that has closed the channel.
void Child::stay_with_parent() noexcept {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  pollfd wait{channel_, POLLHUP, 0};
  if (poll(&wait, 1, 0) > 0 && (wait.revents & POLLHUP) != 0) _exit(125);
}

void Child::exec() noexcept {
  char* candidate = arena_.take(init::candidate_size);
  if (candidate == nullptr) fail("exec", ENOMEM);
  const Said said{Word::exec_failed, exec_command(entrance_, arguments_, environment_, candidate)};
  init::send_message(channel_, &said, sizeof said, nullptr, 0);
  _exit(127);
}

void Child::run() noexcept {
  reset_signals();
  enter();
  stand_apart();
  make_terminal();
  become_user();
  stay_with_parent();
  exec();
}

std::vector<char*> pointers(const std::vector<std::string>& strings, std::size_t more) {
  std::vector<char*> list;
  list.reserve(strings.size() + more + 1);
  for (const std::string& text : strings) list.push_back(const_cast<char*>(text.c_str()));
  list.resize(strings.size() + more + 1, nullptr);
  return list;
}

/// A PID namespace is entered by children only (setns(2)); ours is put back, for there may be more to do here.
class ChildrenGoInto {
 public:
  explicit ChildrenGoInto(const Fd& init) {
    if (!init) return;
    own_.reset(open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC));
    if (!own_ || setns(init.get(), CLONE_NEWPID) != 0) throw SysError("enter its PID namespace");
  }
  ~ChildrenGoInto() {
    if (own_) setns(own_.get(), CLONE_NEWPID);
  }
  ChildrenGoInto(const ChildrenGoInto&) = delete;
  ChildrenGoInto& operator=(const ChildrenGoInto&) = delete;

 private:
  Fd own_;
};

[[noreturn]] void throw_failure(const std::string& text, int error) {
  if (error == 0) throw Error(text);
  throw SysError(text, error);
}

init::Identity identity_of(const std::string& user, init::Arena& arena) {
  init::Identity identity;
  init::Failure failure;
  if (!init::look_up({.user = user.c_str()}, arena, identity, failure)) throw_failure(failure.text, failure.error);
  return identity;
}

/// What a child needs that shares our memory until it runs the command (vfork(2)): it makes only system calls.
struct Launch {
  const Entrance& entrance;
  char* const* arguments;
  char* const* environment;
  char* candidate;
  const init::Identity* identity;  // null: ours
  sigset_t signals;                // the mask that nsbuild was called with
  pid_t parent;
  // Volatile, because the child writes them right before it ends: what could not be done, the command's start being "".
  const char* volatile failed = nullptr;
  volatile int error = 0;
};

/// It does not outlive who asked for it. What the caller ignores stays ignored, as under nohup(1).
[[noreturn]] void become_command(Launch& launch) noexcept {
  sigprocmask(SIG_SETMASK, &launch.signals, nullptr);
  if (launch.identity != nullptr && init::assume(*launch.identity) != 0) {
    launch.failed = "become the user";
    launch.error = errno;
    _exit(125);
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != launch.parent) _exit(125);
  launch.failed = "";
  launch.error = exec_command(launch.entrance, launch.arguments, launch.environment, launch.candidate);
  _exit(127);
}

/// A frame of its own: nothing in it lives across the return of vfork(2) but what is in `launch`.
pid_t vfork_command(Launch& launch) noexcept {
  const pid_t pid = vfork();
  if (pid == 0) become_command(launch);
  return pid;
}

void reap(pid_t pid) {
  while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace

Entrant go_in(const Entrance& entrance, const sigset_t& signals, const std::function<void()>& seen) {
  const std::vector<char*> arguments = pointers(entrance.command, 0);
  const std::vector<char*> environment = pointers(entrance.environment, 0);
  init::Failure failure;
  if (!visit(entrance, failure)) throw_failure(failure.text, failure.error);
  seen();
  init::Arena arena;
  std::optional<init::Identity> identity;
  if (!entrance.user.empty()) identity = identity_of(entrance.user, arena);
  std::array<char, init::candidate_size> candidate{};
  Launch launch{entrance, arguments.data(), environment.data(), candidate.data(), identity ? &*identity : nullptr,
                signals,  getpid()};
  Entrant entrant;
  entrant.pid = vfork_command(launch);
  if (entrant.pid < 0) throw SysError("vfork");
  if (launch.error == 0) return entrant;
  reap(entrant.pid);
  if (*launch.failed != '\0') throw SysError(launch.failed, launch.error);
  entrant.exec_error = launch.error;
  return entrant;
}

Entrant fork_entrant(const Entrance& entrance) {
  std::array<int, 2> pair{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0) throw SysError("socketpair");
  Entrant entrant;
  entrant.channel.reset(pair[0]);
  const Fd theirs(pair[1]);
  const std::vector<char*> arguments = pointers(entrance.command, 0);
  const std::vector<char*> environment = pointers(entrance.environment, 2);
  const ChildrenGoInto there(entrance.init);
  entrant.pid = fork();
  if (entrant.pid == 0) {
    close(pair[0]);
    Child(entrance, arguments.data(), environment.data(), pair[1]).run();
  }
  if (entrant.pid < 0) throw SysError("fork");
  return entrant;
}

void hear_out(Entrant& entrant) {
  std::array<char, sizeof(Said) + init::report_text_max> message{};
  int fd = -1;
  for (ssize_t size = 0; (size = init::receive_message(entrant.channel.get(), message.data(), message.size(), &fd,
                                                       1)) >= ssize_t{sizeof(Said)};) {
    Said said{};
    std::memcpy(&said, message.data(), sizeof said);
    if (said.word == Word::master) entrant.master.reset(fd);
    if (said.word == Word::exec_failed) entrant.exec_error = said.error;
    if (said.word != Word::failed) continue;
    throw_failure({message.data() + sizeof said, static_cast<std::size_t>(size) - sizeof said}, said.error);
  }
  entrant.channel.reset();
}

Entrant start_entrant(const Entrance& entrance) {
  Entrant entrant = fork_entrant(entrance);
  try {
    hear_out(entrant);
  } catch (const Error&) {
    reap(entrant.pid);
    throw;
  }
  if (entrant.exec_error != 0) reap(entrant.pid);
  return entrant;
}

}  // namespace nsbuild::engine
