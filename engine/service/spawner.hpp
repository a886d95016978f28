// The spawner process from nsbuild's side: starting it, handing it launches, taking the new inits from it.
#pragma once
#include "engine/fd.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace nsbuild::engine {

/// What a new init is made from; all stay the caller's.
struct LaunchFds {
  int netns, record, operations, state, logs, report;
};

/// A new init, waiting for its Go, or why there is none.
struct NewInit {
  std::uint64_t id = 0;
  pid_t pid = 0;
  Fd pidfd;
  int error = 0;
};

/// Ends with this object; the inits do not. Throws SysError when it cannot be started.
class Spawner {
 public:
  Spawner();
  ~Spawner();
  Spawner(const Spawner&) = delete;
  Spawner& operator=(const Spawner&) = delete;

  /// Throws SysError when the spawner has gone.
  void launch(std::uint64_t id, bool start_command, const LaunchFds& fds);
  /// POLLIN: receive() has something to say.
  int descriptor() const { return channel_.get(); }
  /// None when nothing has come yet. Throws Error when the spawner has gone.
  std::optional<NewInit> receive();

 private:
  Fd channel_;
  pid_t pid_ = 0;
};

/// How the program is called that spawners, inits and supervisors run, from a memfd.
inline constexpr const char* init_program = "nsbuild-init";
/// Whether the process runs it, of whatever nsbuild.
bool runs_init_program(pid_t pid);

/// Spawners of this PID namespace that have outlived their nsbuild, which they do not unless somebody has stopped them.
std::vector<pid_t> lost_spawners();
/// Kills one of them, if it still is one.
void end_lost_spawner(pid_t pid);

}  // namespace nsbuild::engine
