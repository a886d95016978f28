#include "engine/init/command.hpp"

#include "engine/init/exec.hpp"
#include "engine/init/identity.hpp"
#include "engine/init/limits.hpp"
#include "engine/init/process_stat.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace nsbuild::init {
namespace {

enum class Stage { session, limits, nice, user, working_directory, exec };

/// All that the child needs, made before it exists: a vfork child shares our memory and makes only system calls. What
/// it writes back here is how it reports.
struct Child {
  Identity identity;
  char** arguments = nullptr;
  char** environment = nullptr;
  const char* working_dir = nullptr;
  const char* search = nullptr;  // PATH
  char* candidate = nullptr;     // candidate_size bytes
  mode_t umask = 022;
  const char* limits = nullptr;
  std::size_t limit_count = 0;
  bool has_nice = false;
  int nice = 0;
  LimitFailure limit_failure;
  volatile Stage stage = Stage::session;
  volatile int error = 0;
  volatile pid_t outer = 0;
  int killed_by = 0;  // the signal
};

/// Pointers to strings that lie one behind the other, with room for `more` and the closing null.
char** pointers(Arena& arena, const char* strings, std::uint32_t count, std::size_t more) noexcept {
  char** list = arena.array<char*>(count + more + 1);
  for (std::uint32_t i = 0; list != nullptr && i < count; ++i, strings += std::strlen(strings) + 1)
    list[i] = const_cast<char*>(strings);
  return list;
}

void add_default(Arena& arena, char** environment, const char* name, const char* value) noexcept {
  if (value_of(environment, name) != nullptr) return;
  while (*environment != nullptr) ++environment;
  *environment = concat(arena, name, "=", value);
}

bool prepare(Child& child, const Mapping& memory, Arena& arena, Failure& failure) noexcept {
  const auto* record = memory.at<RecordHeader>(0);
  const Who who{memory.text(record->user), memory.text(record->group), memory.text(record->groups),
                record->group_count};
  if (!look_up(who, arena, child.identity, failure)) return false;
  child.arguments = pointers(arena, memory.text(record->arguments), record->argument_count, 0);
  child.environment = pointers(arena, memory.text(record->environment), record->environment_count, 2);
  child.candidate = arena.take(candidate_size);
  child.working_dir = memory.text(record->working_dir);
  child.umask = record->umask;
  child.limits = memory.text(record->limits);
  child.limit_count = record->limit_count;
  child.has_nice = record->has_nice != 0;
  child.nice = record->nice;
  if (child.arguments == nullptr || child.environment == nullptr || child.candidate == nullptr) {
    failure.set(ENOMEM, "exec");
    return false;
  }
  add_default(arena, child.environment, "HOME", child.identity.home);
  add_default(arena, child.environment, "USER", child.identity.name);
  child.search = value_of(child.environment, "PATH");
  return true;
}

/// /proc/self of the machine's procfs is our pid there (proc(5)).
pid_t pid_on_machine() noexcept {
  char text[24] = {};
  return readlinkat(machine_proc_fd, "self", text, sizeof text - 1) > 0 ? std::atoi(text) : 0;
}

int run(Child& child) noexcept {
  child.outer = pid_on_machine();
  umask(child.umask);
  setsid();
  child.stage = Stage::limits;
  if (set_limits(child.limits, child.limit_count, child.limit_failure) != 0) return child.limit_failure.error;
  child.stage = Stage::nice;
  if (child.has_nice && setpriority(PRIO_PROCESS, 0, child.nice) != 0) return errno;
  child.stage = Stage::user;
  if (assume(child.identity) != 0) return errno;
  child.stage = Stage::working_directory;
  if (chdir(child.working_dir) != 0) return errno;
  child.stage = Stage::exec;
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  return search_and_exec(child.search, child.arguments, child.environment, child.candidate);
}

/// A frame of its own: nothing in it lives across the return of vfork(2) but what is in `child`.
[[gnu::noinline]] pid_t spawn(Child& child) noexcept {
  const pid_t pid = vfork();
  if (pid == 0) {
    child.error = run(child);
    _exit(127);
  }
  return pid;
}

/// vfork(2) returns for a child that was killed on its way, too. Then it is reaped here: nobody shall take it for a
/// command that runs until its SIGCHLD comes.
void see_whether_killed(Child& child, pid_t pid) noexcept {
  const Decimal outer(static_cast<unsigned long>(child.outer));
  if (!ProcessStat(machine_proc_fd, outer.text).ends_before_exec()) return;
  int status = 0;
  if (waitpid(pid, &status, 0) == pid && WIFSIGNALED(status)) child.killed_by = WTERMSIG(status);
}

void explain(const Child& child, const char* user, Arena& arena, Failure& failure) noexcept {
  const char* text = nullptr;
  switch (child.stage) {
    case Stage::session:
      text = "fork";
      break;
    case Stage::limits:
      text = words_of(child.limit_failure, arena);
      break;
    case Stage::nice:
      text = concat(arena, "nice ", child.nice < 0 ? "-" : "",
                    Decimal(static_cast<unsigned long>(child.nice < 0 ? -child.nice : child.nice)).text);
      break;
    case Stage::user:
      text = concat(arena, "user ", *user == '\0' ? child.identity.name : user);
      break;
    case Stage::working_directory:
      text = concat(arena, "working_dir ", child.working_dir);
      break;
    case Stage::exec:
      text = concat(arena, "exec ", child.arguments[0]);
      break;
  }
  const char* detail = child.killed_by == 0 ? ""
                                            : concat(arena, "killed by signal ",
                                                     Decimal(static_cast<unsigned long>(child.killed_by)).text);
  failure.set(child.error, text == nullptr ? "exec" : text, detail == nullptr ? "killed" : detail);
}

}  // namespace

bool start_command(int record, Started& started, Failure& failure) noexcept {
  const Mapping memory(record);
  if (!memory) {
    failure.set(errno, "record");
    return false;
  }
  Arena arena;
  Child child;
  if (!prepare(child, memory, arena, failure)) return false;
  started.inner = spawn(child);
  started.outer = child.outer;
  if (started.inner < 0) child.error = errno;
  if (child.error == 0) see_whether_killed(child, started.inner);
  if (child.error == 0 && child.killed_by == 0) return true;
  explain(child, memory.text(memory.at<RecordHeader>(0)->user), arena, failure);
  return false;
}

}  // namespace nsbuild::init
