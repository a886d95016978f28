#include "engine/service/find.hpp"

#include "engine/error.hpp"
#include "engine/holders.hpp"
#include "engine/init/channel.hpp"
#include "engine/linux/parallel.hpp"
#include "engine/listing.hpp"
#include "engine/place.hpp"
#include "engine/rundir.hpp"
#include "engine/service/memfd.hpp"
#include "engine/service/pidfd.hpp"
#include "engine/service/record.hpp"
#include "engine/service/spawner.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace nsbuild::engine {
namespace {

std::string proc_path(pid_t pid, const char* name) { return "/proc/" + std::to_string(pid) + "/" + name; }

std::string fd_path(pid_t pid, int fd) { return proc_path(pid, "fd/") + std::to_string(fd); }

/// Of a process that is gone, or is none of ours, nothing. Throws SysError when no more can be opened: a service that
/// cannot be looked at would count as gone.
Fd open_proc(const std::string& path) {
  Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd && is_scarcity(errno)) throw SysError("open " + path);
  return fd;
}

/// Where the descriptor leads that a record would be on.
std::string link_of(pid_t pid) { return link_of_proc(fd_path(pid, init::record_fd)); }

bool link_starts_with(pid_t pid, const std::string& prefix) { return link_of(pid).starts_with(prefix); }

std::string read_all(const Fd& fd, const struct stat& status) {
  constexpr off_t largest_record = off_t{256} << 20U;  // a topology with all the files that it brings is smaller
  std::string text;
  if (status.st_size > largest_record) return text;
  if (status.st_size > 0) text.resize(static_cast<std::size_t>(status.st_size));
  const ssize_t size = pread(fd.get(), text.data(), text.size(), 0);
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return text;
}

/// The words behind `name:` in /proc/<pid>/status (proc(5)).
std::vector<std::string> status_words(const std::string& status, const std::string& name) {
  std::vector<std::string> words;
  const std::size_t at = status.find("\n" + name + ":");
  if (at == std::string::npos) return words;
  std::string line = status.substr(at + name.size() + 2);
  line.resize(std::min(line.find('\n'), line.size()));
  for (char* rest = line.data(); char* word = strsep(&rest, " \t");)
    if (*word != '\0') words.emplace_back(word);
  return words;
}

/// One number for each PID namespace that sees it, from that of /proc inwards.
std::vector<std::string> pids_of(const std::string& status) { return status_words(status, "NSpid"); }

/// PID 1 of a namespace below ours, and root: a command that inherited or forged the descriptor is neither.
bool is_init(const std::string& status) {
  const std::vector<std::string> pids = pids_of(status);
  return pids.size() > 1 && pids.back() == "1";
}

/// In a PID namespace that was made from ours, not in one of a container's.
bool is_one_below(const std::string& status) {
  static const std::size_t own = pids_of(text_of_proc("/proc/self/status")).size();
  return pids_of(status).size() == own + 1;
}

bool is_root(const std::string& status) {
  const std::vector<std::string> users = status_words(status, "Uid");
  return std::all_of(users.begin(), users.end(), [](const std::string& user) { return user == "0"; });
}

/// `parse` is parse_record(), or parse_record_prefix() when it is enough to know whose it is.
template <class Parse>
std::optional<Record> record_of(pid_t pid, const Parse& parse, RecordFile& file) {
  const Fd fd = open_proc(fd_path(pid, init::record_fd));
  struct stat status {};
  if (!fd || !is_sealed(fd.get()) || fstat(fd.get(), &status) != 0) return std::nullopt;
  file = {status.st_dev, status.st_ino};
  std::optional<Record> record = parse(read_all(fd, status));
  if (record && record->run_dir != run_dir()) record.reset();
  return record;
}

bool run_the_same_program(pid_t a, pid_t b) {
  struct stat one {
  }, other{};
  return stat(proc_path(a, "exe").c_str(), &one) == 0 && stat(proc_path(b, "exe").c_str(), &other) == 0 &&
         one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

/// The init whose child a process is, forked without an exec; else 0. What an init or a supervisor starts for a service
/// is another program.
pid_t init_above(pid_t pid, const std::string& status) {
  const std::vector<std::string> words = status_words(status, "PPid");
  const pid_t parent = words.empty() ? 0 : std::atoi(words.front().c_str());
  if (parent <= 0) return 0;
  const std::string above = text_of_proc(proc_path(parent, "status"));
  return is_init(above) && is_root(above) && run_the_same_program(pid, parent) ? parent : 0;
}

/// Whether the init is that of the service that the record says it joined.
bool has_joined(pid_t init, const Record& record) {
  RecordFile file;
  const std::optional<Record> owner =
      record.spec.join.empty() ? std::nullopt : record_of(init, parse_record_prefix, file);
  return owner && owner->lab == record.lab && owner->spec.name == record.spec.join;
}

/// A consistent copy of a part of the state page: the writer makes its `sequence`, which is its first word, odd while
/// it writes. When that does not end, it is waited for if it is ours, and then Error is thrown: an init that does not
/// get to run has not gone. Of a stranger's page nothing is expected.
template <class Part>
std::optional<Part> read_part(pid_t pid, std::size_t offset, bool is_ours) {
  constexpr int attempts_in_a_row = 100, attempts_max = 1000;
  const Fd fd = open_proc(fd_path(pid, init::state_fd));
  if (!fd) return std::nullopt;
  const auto at = static_cast<off_t>(offset);
  auto part = std::make_unique<Part>();
  for (int attempts = 0; attempts < (is_ours ? attempts_max : attempts_in_a_row); ++attempts) {
    if (attempts >= attempts_in_a_row) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::uint32_t after = 0;
    if (pread(fd.get(), part.get(), sizeof *part, at) != sizeof *part ||
        pread(fd.get(), &after, sizeof after, at) != sizeof after)
      return std::nullopt;
    if (part->sequence == after && after % 2 == 0) return *part;
  }
  if (!is_ours) return std::nullopt;
  throw Error("pid " + std::to_string(pid) + ", the init of a service, does not come to say how it is");
}

std::optional<init::State> read_state(pid_t pid, bool is_ours) {
  return read_part<init::State>(pid, offsetof(init::StatePage, state), is_ours);
}

ino_t inode_of(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

RecordFile record_file(pid_t pid) {
  struct stat status {};
  if (stat(fd_path(pid, init::record_fd).c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino};
}

/// A service holds its namespace alive when somebody has unpinned it; what the pin leads to now is another one.
bool is_where_it_says(const RunningService& service) {
  const ino_t own = inode_of(proc_path(service.init, "ns/net"));
  return own != 0 && own == inode_of(pin_path({service.lab, service.spec.place}));
}

void fill_in(RunningService& service, const init::State& state) {
  using planner::RunState;
  service.pid = state.pid;
  service.exit_status = state.wait_status;
  service.starts = state.starts;
  service.started_at = state.started_at;
  service.file_time = state.file_time;
  service.ready_starts = state.ready_starts;
  service.ready_hash = state.ready_hash;
  service.log_start = state.log_start;
  service.spec.exit.clear();
  service.starting = state.phase == init::Phase::starting;
  switch (state.phase) {
    case init::Phase::running:
      service.spec.state = RunState::running;
      break;
    case init::Phase::starting:
    case init::Phase::stopped:
      service.spec.state = RunState::stopped;
      break;
    case init::Phase::restarting:
      service.spec.state = RunState::restarting;
      service.spec.exit = exit_text(state.wait_status);
      service.next_start = state.next_start;
      break;
    case init::Phase::exited:
      service.spec.state = service.spec.oneshot && state.wait_status == 0 ? RunState::completed : RunState::exited;
      if (service.spec.state == RunState::exited) service.spec.exit = exit_text(state.wait_status);
      break;
  }
}

/// A process that says by its record to be a service's init or supervisor, and looks like one.
struct Claim {
  Record record;
  RecordFile file{};
  bool is_one_below = false;

  /// The lab of a container may have the same name and the same path of a run directory.
  bool made_from_here() const { return is_one_below && record.run_dir_is == run_dir_identity(); }
};

template <class Parse>
std::optional<Claim> claim_of(pid_t pid, const Parse& parse) {
  const std::string status = text_of_proc(proc_path(pid, "status"));
  // Before anything is read that somebody else may have written.
  const bool owns = is_root(status) && is_init(status);
  const pid_t above = is_root(status) && !owns ? init_above(pid, status) : 0;
  if ((!owns && above == 0) || !runs_init_program(pid)) return std::nullopt;
  RecordFile file;
  std::optional<Record> record = record_of(pid, parse, file);
  if (!record || !(owns || has_joined(above, *record))) return std::nullopt;
  return Claim{*std::move(record), file, is_one_below(status)};
}

}  // namespace

std::optional<ServiceName> name_of(pid_t pid) {
  if (const std::optional<Claim> claim = claim_of(pid, parse_record_prefix); claim && claim->made_from_here())
    return ServiceName{claim->record.lab, claim->record.spec.name};
  // Only its place, which the rest of the record says, can show then that it is ours.
  const std::optional<RunningService> service = service_of(pid);
  return service ? std::optional(ServiceName{service->lab, service->spec.name}) : std::nullopt;
}

std::string exit_text(int wait_status) {
  if (!WIFSIGNALED(wait_status)) return "exit code " + std::to_string(WEXITSTATUS(wait_status));
  const int signal = WTERMSIG(wait_status);
  const char* words = sigdescr_np(signal);
  return "signal " + std::to_string(signal) + (words == nullptr ? "" : " (" + std::string(words) + ")");
}

std::optional<RunningService> service_of(pid_t pid) {
  std::optional<Claim> claim = claim_of(pid, parse_record);
  if (!claim) return std::nullopt;
  RunningService service{.lab = claim->record.lab, .spec = std::move(claim->record.spec), .init = pid};
  service.record = claim->file;
  service.foreign = claim->record.version != init::wire_version;
  if (service.foreign) return claim->made_from_here() ? std::optional(service) : std::nullopt;
  std::optional<init::State> state = read_state(pid, false);
  if (!state && claim->made_from_here()) state = read_state(pid, true);
  if (!state) return std::nullopt;
  fill_in(service, *state);
  if (is_where_it_says(service)) return service;
  service.spec.place = "?";
  return claim->made_from_here() ? std::optional(service) : std::nullopt;
}

bool is_alive(const std::string& run_dir, const std::string& lab, const std::string& service) {
  const std::string link = record_link(run_dir, lab, service);
  const std::vector<pid_t> pids = processes();
  return std::any_of(pids.begin(), pids.end(), [&](pid_t pid) {
    return link_starts_with(pid, link) && is_root(text_of_proc(proc_path(pid, "status")));
  });
}

bool is_anothers_init(pid_t pid) { return link_starts_with(pid, record_link_prefix("")) && !name_of(pid); }

bool refresh(RunningService& service) {
  const std::optional<init::State> state = read_state(service.init, true);
  if (state) fill_in(service, *state);
  return state.has_value();
}

std::vector<init::LogTime> log_times_of(const std::string& lab, const std::string& service) {
  for (const RunningService& one : find_services(lab)) {
    if (one.spec.name != service) continue;
    const auto times = read_part<init::LogTimes>(one.init, offsetof(init::StatePage, log_times), true);
    if (times) return {times->all, times->all + std::min(times->count, init::LogTimes::max)};
  }
  return {};
}

std::vector<RunningService> find_inits(const std::string& lab) {
  const std::string prefix = record_link_prefix(lab);
  std::vector<pid_t> pids = processes();
  std::erase_if(pids, [&](pid_t pid) { return !link_starts_with(pid, prefix); });
  std::vector<std::optional<RunningService>> seen(pids.size());
  in_parallel(pids.size(), [&](std::size_t i, unsigned) { seen[i] = service_of(pids[i]); });
  std::vector<RunningService> found;
  for (std::optional<RunningService>& service : seen)
    if (service && (lab.empty() || service->lab == lab)) found.push_back(std::move(*service));
  std::sort(found.begin(), found.end(), [](const RunningService& a, const RunningService& b) {
    return std::tie(a.lab, a.spec.name, a.init) < std::tie(b.lab, b.spec.name, b.init);
  });
  return found;
}

std::set<std::string> labs_with_services() {
  std::set<std::string> labs;
  for (const pid_t pid : processes()) {
    const std::string link = link_of(pid);
    if (!link.starts_with(record_link_prefix(""))) continue;
    // Of one whose name is cut off in the link the lab is not known.
    const bool is_known = std::any_of(
        labs.begin(), labs.end(), [&](const std::string& lab) { return link.starts_with(record_link_prefix(lab)); });
    if (is_known) continue;
    if (const std::optional<ServiceName> name = name_of(pid)) labs.insert(name->lab);
  }
  return labs;
}

std::vector<RunningService> find_services(const std::string& lab) {
  std::vector<RunningService> found = find_inits(lab);
  std::erase_if(found, [](const RunningService& service) { return service.starting; });
  return found;
}

Fd open_init(pid_t pid, const std::string& lab, const std::string& service) {
  Fd pidfd = open_pidfd(pid);
  if (!pidfd && errno != ESRCH) throw SysError("reach its init");
  if (!pidfd) return pidfd;
  const std::optional<ServiceName> now = name_of(pid);  // after the pidfd: the pid is not reused any more
  if (!now || now->lab != lab || now->name != service) pidfd.reset();
  return pidfd;
}

Fd open_init(const RunningService& found) {
  Fd pidfd = open_pidfd(found.init);
  const bool is_same = pidfd && found.record != RecordFile{} && record_file(found.init) == found.record;
  return is_same ? std::move(pidfd) : open_init(found.init, found.lab, found.spec.name);
}

void send_order(const Fd& pidfd, const init::Request& request, std::initializer_list<int> fds) {
  const Fd mailbox = copy_fd(pidfd, init::mailbox_fd);
  if (!mailbox) throw SysError("reach its init");
  if (init::send_message(mailbox.get(), &request, sizeof request, fds.begin(), fds.size()) != 0)
    throw SysError("ask its init");
}

}  // namespace nsbuild::engine
