// SIGINT, SIGTERM and SIGHUP as a request to stop, so that work on a lab can be undone instead of cut off.
#pragma once
#include <sys/types.h>

namespace nsbuild::cli {

/// While one lives, the three signals only raise a flag (system calls return EINTR), and SIGPIPE does nothing. Commands
/// that are started meanwhile get the default actions back. At most one at a time.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  /// True once one of the three came, until forget(): then only the next one counts.
  static bool requested();
  static void forget();
  /// From now on a signal that another process sends to this one is passed on to `child` (0: no more), one that came
  /// before at once. What a terminal sends goes to the whole foreground group anyway.
  static void pass_on_to(pid_t child);
  /// The signal's name for a message: "SIGINT".
  static const char* name();
};

}  // namespace nsbuild::cli
