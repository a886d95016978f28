// Services on this machine: finding the inits that run, starting, changing and stopping them. LinuxKernel hands every
// Service step here.
#pragma once
#include "engine/init/wire.hpp"
#include "engine/kernel.hpp"
#include "planner/kinds/service.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <sys/types.h>

namespace nsbuild::engine {

/// The memfd of a record: no two processes but an init and its vfork children have the same one on the fixed
/// descriptor.
struct RecordFile {
  dev_t device = 0;
  ino_t inode = 0;
  bool operator==(const RecordFile&) const = default;
};

/// What an init, or the supervisor of a service that joined, says of itself, read through /proc: its sealed spec and
/// its shared state page.
struct RunningService {
  std::string lab;
  planner::Service spec;        // `state` and `exit` filled in; `place` is "?" when its namespace is not the pinned one
  pid_t init = 0;               // PID 1 of the service, or its supervisor, as seen from here
  pid_t pid = 0;                // the command; 0 when it does not run
  int exit_status = 0;          // wait(2) status of the last run; only when pid == 0
  std::uint64_t starts = 0;     // how often the command was started
  std::int64_t started_at = 0;  // CLOCK_BOOTTIME, ns, of the last start
  std::int64_t file_time = 0;   // with which files were stamped then: CLOCK_REALTIME_COARSE, ns
  std::int64_t next_start = 0;  // CLOCK_BOOTTIME, ns; 0 unless `restarting`
  // The process of start `ready_starts` was found ready by the definition with this hash; 0 is never.
  std::uint64_t ready_starts = 0;
  std::uint64_t ready_hash = 0;
  init::LogPlace log_start{};  // its log's end at the last start
  bool starting = false;       // its namespaces are being furnished, its command was never started
  RecordFile record{};
  bool foreign = false;  // of another nsbuild's version: all that can be done is to end it
};

/// Every service of the lab (of all labs when empty) that has a live init or supervisor of this run directory, and has
/// been started. Sorted by lab and name.
std::vector<RunningService> find_services(const std::string& lab);

/// Starts and stops services of one lab, several at once. Owns the spawner process, which starts with the first service
/// and ends with this.
class Services {
 public:
  /// `seen` is what was found of the lab before, as far as somebody has looked; each is asked again before it is used.
  explicit Services(std::string lab, const std::vector<RunningService>& seen = {});
  ~Services();
  Services(const Services&) = delete;
  Services& operator=(const Services&) = delete;

  /// Begins a step whose resource is a planner::Service: start, change in place, or stop (its stop_signal, then SIGKILL
  /// after its stop_timeout, the PID namespace gone). That of a oneshot ends when its command has, with its exit.
  void submit(const Task& task);
  /// The ends of oneshots are not waited for any more: once they have started they are Outcome::Kind::given_up, and
  /// their commands go on. Until the next submit().
  void abandon();
  /// Descriptors to poll(2) for POLLIN while something is under way.
  std::vector<int> descriptors() const;
  /// When reap() must be called at the latest though no descriptor is ready (a stop's time-out); none when nothing
  /// waits for time.
  Deadline deadline() const;
  /// Outcomes of what has ended by now; never blocks. A failed start names stage and errno: `service web: exec
  /// /bin/foo: No such file or directory (ENOENT)`.
  std::vector<Outcome> reap();
  /// The init of a service that this has started or reached, as seen from here; 0 when it is not known.
  pid_t init_of(const std::string& service) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace nsbuild::engine
