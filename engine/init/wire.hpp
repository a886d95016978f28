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

/// Where an init keeps what it needs; everything else is closed. 0 is /dev/null, 1 and 2 are where its command writes.
enum FixedFd : int {
  record_fd = 3,   // sealed memfd, a RecordHeader first: what the service is
  state_fd = 4,    // memfd of one State
  mailbox_fd = 5,  // requests go in here; nsbuild takes a copy with pidfd_getfd(2)
  inbox_fd = 6,    // ... and come out here
  signal_fd = 7,
  machine_proc_fd = 8,  // the machine's /proc, to learn a pid as it is seen from there
  log_directory_fd = 9,
  log_fd = 10,       // the file in it that is written to
  log_pipe_fd = 11,  // what comes out of 1 and 2
  report_fd = 12,    // to the nsbuild that waits for a start, closed afterwards
};

// ---- the record: what find_services() reads and what a (re)start of the command needs ----

inline constexpr char record_magic[8] = {'n', 's', 'b', 'u', 'i', 'l', 'd', '\n'};
inline constexpr std::uint32_t wire_version = 4;

/// How a record begins in every version from the third on, so that a later nsbuild still knows whose an init is. It
/// understands no more of it: it can only kill it.
struct RecordPrefix {
  char magic[8];
  std::uint32_t version;
  std::uint32_t reserved;
  std::uint64_t run_dir_device, run_dir_inode;  // which run directory: a container may have another one of that name
  Span run_dir, lab, service;
  Span join;  // the service whose namespaces it shares; empty when they are its own
};

enum class Restart : std::uint32_t { no, on_failure, always };

/// A limit of setrlimit(2), under the name that the file has for it.
struct Limit {
  char name[16];
  std::uint64_t soft, hard;  // ~0 is unlimited
  std::uint32_t resource;
};

/// `arguments`, `environment` and `groups` are strings one behind the other, each with its NUL; `limits` are Limit.
struct RecordHeader {
  RecordPrefix prefix;
  std::uint32_t argument_count;
  std::uint32_t environment_count;
  std::uint32_t umask;
  std::uint32_t oneshot;
  Restart restart;
  std::uint32_t restart_attempts;  // in a row; 0 is without limit
  std::int32_t stop_signal;        // to the command's process group
  std::uint32_t stop_timeout;      // ms, then SIGKILL
  std::uint32_t group_count;
  std::uint32_t limit_count;
  std::uint32_t has_nice;
  std::int32_t nice;
  Span spec;  // CBOR of the planner::Service, in the words of engine/service/record.cpp
  Span arguments, environment, working_dir, user, group, groups, limits;
};

// ---- the log: two files of one directory, called as the service is ----

/// Behind the name of the file that was put aside.
inline constexpr char older_log_suffix[] = ".1";

/// So far into the one of the two that has this inode. One whose file is kept no more, or has none, stands before all.
struct LogPlace {
  std::uint64_t inode, offset;
};

// ---- the state page: written by init alone, read by anyone through /proc ----

enum class Phase : std::uint32_t { starting, running, exited, stopped, restarting };

struct State {
  std::uint32_t sequence;  // odd while being written
  Phase phase;
  std::int32_t pid;          // the command as the machine sees it, 0 when it does not run
  std::int32_t wait_status;  // wait(2) status of the last run
  std::uint64_t starts;
  std::int64_t started_at;  // CLOCK_BOOTTIME, ns
  std::int64_t file_time;  // CLOCK_REALTIME_COARSE, ns, at the last start: what a file gets that is made at that moment
  std::int64_t next_start;  // CLOCK_BOOTTIME, ns; of Phase::restarting
  // What nsbuild has confirmed: the process of start `ready_starts` is ready by the definition with this hash.
  std::uint64_t ready_starts;
  std::uint64_t ready_hash;
  LogPlace log_start;  // its end at the last start
};

/// What stands before `place` had been written by then.
struct LogTime {
  std::int64_t at;  // CLOCK_REALTIME, ns
  LogPlace place;
};

/// Oldest first, and only of the files that are kept. When it is full, those of the older half get further apart.
struct LogTimes {
  static constexpr std::uint32_t max = 4096;
  std::uint32_t sequence;  // odd while being written
  std::uint32_t count;
  LogTime all[max];
};

/// What the memfd holds. Of the times, only pages that are used cost anything.
struct StatePage {
  State state;
  LogTimes log_times;
};

// ---- the launch: what an init does to its namespaces before the command ----

enum class Code : std::uint32_t {
  set_hostname,  // first
  grab,          // slot := a detached copy of the mounts at first
  hold,          // slot := the directory first, as it is seen now
  mount_new,     // a new file system of type first on second
  attach,        // the mounts of slot on first
  freeze_root,   // the root and all mounted below become read-only
  scratch,       // a tmpfs on first, for what is the service's own
  enter_root,    // the mounts of slot become the root
  privatize,     // whatever is written in the root ends with the service
  private_dir,   // a new directory of the scratch, called second there, with mode, on first
  minimal_dev,   // a /dev of its own on first; slot is the machine's
  tmpfs,         // a tmpfs on first with size second, owner third, mode
  overlay,       // on first; from slot: as many lowers as mode says, uppermost first, then upper and work if kept
  write_file,    // a file at first with content second, owner third, mode
};

enum OperationFlags : std::uint32_t {
  optional = 1,  // ENOENT and ENODEV are fine: the machine has no such thing; of overlay and write_file, no such target
  read_only = 2,  // below too
  has_mode = 4,
  make_target = 8,   // a target that is missing is made, for this service alone
  shallow = 16,      // without what is mounted below
  keeps_upper = 32,  // an overlay's upper is a directory of the machine
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
  launch_logs,  // the directory of logs
  launch_report,
  launch_fds
};

/// Spawner to nsbuild, with the pidfd unless `error`.
struct Launched {
  std::uint64_t id;
  std::int32_t pid;
  std::int32_t error;
};

/// nsbuild to a new init over its report channel: nothing happens before it, and EOF instead ends the init. When the
/// nsbuild is gone before the command is started, the init ends as well: a later one may be starting the service anew.
struct Go {
  std::uint32_t go;
};

enum class Verdict : std::uint32_t {
  done,
  gave_up,  // and is about to exit; `error` is an errno, 0 when none says it; a text is behind
  failed,   // as above, but the init stays
  ended,    // a oneshot, not with success; `error` is its wait(2) status
};

/// Init to nsbuild, once for each launch or request; for a oneshot when it is over.
struct Report {
  Verdict verdict;
  std::int32_t error;
};
inline constexpr std::uint32_t report_text_max = 1024;

enum class Order : std::uint32_t {
  replace,  // stop the command if it runs, take the new record if there is one, start it
  stop,     // stop the command, take the new record if there is one, keep the init
  start,    // start the command unless it runs
  end,      // stop the command, then the init and all its PID namespace
  adopt,    // take the new record and leave the command alone
  wait,     // for the end of the oneshot that runs
  ready,    // note in the state page what was found ready
  join,     // fork a supervisor for a service that joins this one
};

/// What goes along with a request; only `join` has them all.
enum RequestFd : int { request_report, request_record, request_state, request_logs, request_fds };

/// nsbuild to an init's mailbox.
struct Request {
  Order order = Order::replace;
  std::uint32_t start_command = 0;                 // Order::join; 0: only the supervisor
  std::uint64_t ready_starts = 0, ready_hash = 0;  // Order::ready
};

}  // namespace nsbuild::init
