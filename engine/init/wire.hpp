// What nsbuild, its spawner and the inits of services say to each other: the layout of memfds and messages. Both sides
// are built from one source, so native integers and offsets do; a record carries a version for a later nsbuild.
#pragma once
#include <cstdint>

namespace nsbuild::init {

/// A string in a memfd: offset from its start; a NUL stands behind the `size` bytes.
struct Span {
  std::uint32_t offset = 0;
  std::uint32_t size = 0;
};

/// Where an init keeps what it needs; everything else is closed. 0 is /dev/null, 1 and 2 are the log.
enum FixedFd : int {
  record_fd = 3,   // sealed memfd, a RecordHeader first: what the service is
  state_fd = 4,    // memfd of one State
  mailbox_fd = 5,  // requests go in here; nsbuild takes a copy with pidfd_getfd(2)
  inbox_fd = 6,    // ... and come out here
  signal_fd = 7,
  machine_proc_fd = 8,  // the machine's /proc, to learn a pid as it is seen from there
  report_fd = 9,        // to the nsbuild that waits for a start, closed afterwards
};

// ---- the record: what find_services() reads and what a (re)start of the command needs ----

inline constexpr char record_magic[8] = {'n', 's', 'b', 'u', 'i', 'l', 'd', '\n'};
inline constexpr std::uint32_t wire_version = 1;

/// `arguments` and `environment` are strings one behind the other, each with its NUL.
struct RecordHeader {
  char magic[8];
  std::uint32_t version;
  std::uint32_t argument_count;
  std::uint32_t environment_count;
  std::uint32_t umask;
  Span run_dir, lab, service;
  Span spec;  // CBOR of the planner::Service, in the words of engine/service/record.cpp
  Span arguments, environment, working_dir, user;
};

// ---- the state page: written by init alone, read by anyone through /proc ----

enum class Phase : std::uint32_t { starting, running, exited, stopped };

struct State {
  std::uint32_t sequence;  // odd while being written
  Phase phase;
  std::int32_t pid;          // the command as the machine sees it, 0 when it does not run
  std::int32_t wait_status;  // wait(2) status of the last run
  std::uint64_t starts;
  std::int64_t started_at;  // CLOCK_BOOTTIME, ns
};

// ---- the launch: what an init does to its namespaces before the command ----

enum class Code : std::uint32_t {
  set_hostname,  // first
  grab,          // slot := a detached copy of the mounts at first
  mount_new,     // a new file system of type first on second
  attach,        // the mounts of slot on first
  private_run,   // an empty tmpfs on first
  tmpfs,         // a tmpfs on first with size second, owner third, mode
  write_file,    // a file at first with content second, owner third, mode
};

enum OperationFlags : std::uint32_t {
  optional = 1,   // ENOENT and ENODEV are fine: the machine has no such thing
  read_only = 2,  // below too
  has_mode = 4,
  make_target = 8,  // a target that is missing is made, for this service alone
};

struct Operation {
  Code code;
  std::uint32_t flags;
  std::uint32_t mode;
  std::uint32_t slot;
  Span words;  // for errors: "mount /srv/www on /srv"
  Span first, second, third;
};

/// Followed by the operations, then by the bytes that their spans mean.
struct LaunchHeader {
  std::uint32_t operation_count;
  std::uint32_t slot_count;
};

// ---- messages, all over SOCK_SEQPACKET ----

/// nsbuild to spawner, with the descriptors of LaunchFd in that order.
struct LaunchRequest {
  std::uint64_t id;
  std::uint32_t start_command;  // 0: only the init
};
enum LaunchFd : int {
  launch_netns,
  launch_record,
  launch_operations,
  launch_state,
  launch_log,
  launch_report,
  launch_fds
};

/// Spawner to nsbuild, with the pidfd unless `error`.
struct Launched {
  std::uint64_t id;
  std::int32_t pid;
  std::int32_t error;
};

/// nsbuild to a new init over its report channel: nothing happens before it, and EOF instead ends the init.
struct Go {
  std::uint32_t go;
};

/// Init to nsbuild, once for each launch or request: success, or `error` (0 when no errno says it) and a text behind.
struct Report {
  std::uint32_t failed;
  std::int32_t error;
};
inline constexpr std::uint32_t report_text_max = 1024;

enum class Order : std::uint32_t {
  replace,  // stop the command if it runs, take the new record, start it
  stop,     // stop the command, keep the init
  start,    // start the command unless it runs
  end,      // stop the command, then the init and all its PID namespace
};

/// nsbuild to an init's mailbox, with the report channel and, for `replace`, the new record.
struct Request {
  Order order;
  std::int32_t signal;     // to the command's process group
  std::uint32_t grace_ms;  // then SIGKILL
};

}  // namespace nsbuild::init
