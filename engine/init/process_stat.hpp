// What the kernel says of a process in one line: /proc/<pid>/stat, proc_pid_stat(5).
#pragma once
#include <sys/types.h>

namespace nsbuild::init {

class ProcessStat {
 public:
  /// `proc` is a descriptor of a procfs, of whose PID namespace `pid` is.
  ProcessStat(int proc, const char* pid) noexcept;
  /// 0 when it has gone or cannot be read.
  pid_t parent() const noexcept;
  /// Whether it ends, or has ended, before it was another program than its parent: nothing else has PF_EXITING and
  /// PF_FORKNOEXEC (the kernel's include/linux/sched.h). False when it cannot be read.
  bool ends_before_exec() const noexcept;

 private:
  const char* field(int number) const noexcept;

  char text_[256] = {};
};

}  // namespace nsbuild::init
