// How what a command writes comes into its service's log: through a pipe of which an init, or a supervisor, has both
// ends. So the command can open /dev/stdout as it likes, and it is known when something was written.
#pragma once
#include "engine/init/log_file.hpp"

namespace nsbuild::init {

class LogKeeper {
 public:
  /// Makes the pipe: 1, 2 and log_pipe_fd; and opens the log. -1 with errno.
  static int open() noexcept;

  explicit LogKeeper(LogTimes* times) noexcept;
  /// Makes the pipe again what a new command expects, whatever the last one has made of it.
  void renew_pipe() noexcept;
  /// A bounded part of what has been written; log_pipe_fd stays readable while there is more.
  void take() noexcept;
  /// All that has been written by now, however much comes meanwhile.
  void drain() noexcept;
  /// Tells of lost bytes when the time has come to try that again.
  void proceed() noexcept;
  /// ms until proceed() must be called, -1 for never.
  int timeout() const noexcept;

  LogPlace end() const noexcept { return file_.end(); }
  bool keeps(const LogPlace& place) const noexcept { return file_.keeps(place); }

 private:
  std::size_t copy() noexcept;
  void note(std::int64_t at) noexcept;

  LogTimes* times_;
  LogFile file_;
  std::int64_t retry_at_ = 0;  // CLOCK_BOOTTIME, ns
};

}  // namespace nsbuild::init
