#include "engine/init/supervision.hpp"

#include "engine/init/channel.hpp"
#include "engine/init/command.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace nsbuild::init {
namespace {

constexpr std::int64_t millisecond = 1000000;
constexpr std::int64_t first_pause = 100 * millisecond;  // before a restart; doubles
constexpr std::int64_t longest_pause = 10000 * millisecond;
constexpr std::int64_t long_life = 10000 * millisecond;  // who lived as long starts to count anew
constexpr std::int64_t first_look = 10 * millisecond;    // at who was killed; SIGCHLD usually comes earlier
constexpr std::int64_t last_look = 1000 * millisecond;
constexpr int not_started = 127 << 8;  // as a shell says it

std::int64_t clock_now(clockid_t clock) noexcept {
  timespec now{};
  clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * 1000000000 + now.tv_nsec;
}

}  // namespace

std::int64_t boottime() noexcept { return clock_now(CLOCK_BOOTTIME); }

std::int64_t file_time() noexcept { return clock_now(CLOCK_REALTIME_COARSE); }

Supervision::Supervision(State* state, LogKeeper& log) noexcept
    : state_(state), log_(log), left_to_init_(getpid() == 1) {}

bool send_report(int channel, Verdict verdict, const Failure& failure) noexcept {
  const bool ok = verdict == Verdict::done;
  const Report report{verdict, ok ? 0 : failure.error};
  return send_message(channel, &report, sizeof report, nullptr, 0, failure.text, ok ? 0 : std::strlen(failure.text)) ==
         0;
}

/// A reader retries while `sequence` is odd or has moved.
template <class Change>
void Supervision::publish(Change change) noexcept {
  __atomic_add_fetch(&state_->sequence, 1, __ATOMIC_SEQ_CST);
  change(*state_);
  __atomic_add_fetch(&state_->sequence, 1, __ATOMIC_SEQ_CST);
}

/// Beforehand: what an order to stop needs must not be lacking when it comes.
bool Supervision::read_policy(Failure& failure) noexcept {
  const Mapping memory(record_fd);
  if (!memory) {
    failure.set(errno, "record");
    return false;
  }
  const auto* record = memory.at<RecordHeader>(0);
  oneshot_ = record->oneshot != 0;
  policy_ = record->restart;
  attempts_max_ = record->restart_attempts;
  stop_signal_ = record->stop_signal;
  stop_timeout_ = std::int64_t{record->stop_timeout} * millisecond;
  return true;
}

bool Supervision::start(Failure& failure) noexcept {
  Started started;
  const std::int64_t now = boottime(), stamp = file_time();
  log_.drain();  // what the last run wrote
  log_.renew_pipe();
  const LogPlace log_start = log_.end();
  const bool ok = read_policy(failure) && start_command(record_fd, started, failure);
  command_ = ok ? started.inner : 0;
  publish([&](State& state) {
    state.phase = ok ? Phase::running : Phase::exited;
    state.pid = ok ? started.outer : 0;
    state.wait_status = ok ? 0 : not_started;
    state.started_at = now;
    state.file_time = stamp;
    state.log_start = log_start;
    if (ok) ++state.starts;
  });
  return ok;
}

bool Supervision::launch(bool start_command, Failure& failure) noexcept {
  if (start_command) return start(failure);
  publish([](State& state) { state.phase = Phase::stopped; });
  return true;
}

void Supervision::answer(bool ok, const Failure& failure) noexcept {
  if (asker_) send_report(asker_.get(), ok ? Verdict::done : Verdict::failed, failure);
  asker_.reset();
}

/// How a oneshot ended, to who waits for it.
void Supervision::answer_with(int wait_status) noexcept {
  const Report report{wait_status == 0 ? Verdict::done : Verdict::ended, wait_status};
  if (asker_) send_message(asker_.get(), &report, sizeof report, nullptr, 0);
  asker_.reset();
}

void Supervision::supersede() noexcept {
  Failure superseded;
  superseded.set(0, "superseded by a later order");
  answer(false, superseded);
}

void Supervision::command_ended(int wait_status) noexcept {
  command_ = 0;
  deadline_ = 0;
  log_.drain();  // who is told of its end reads its last words
  if (next_ == Next::stay && boottime() - state_->started_at >= long_life) attempts_ = 0;
  const bool again = next_ == Next::stay && wants_restart(wait_status);
  publish([&](State& state) {  // at once as what it is: who sees `exited` for a moment takes it for dead
    state.phase = next_ == Next::stop ? Phase::stopped : again ? Phase::restarting : Phase::exited;
    state.pid = 0;
    state.wait_status = wait_status;
  });
  sweeping_ = true;  // what it left would go on serving while the service is told to have ended
  if (next_ != Next::stay) return;
  again ? schedule_restart() : answer_with(wait_status);
}

/// A oneshot is over when it has succeeded, whatever the policy.
bool Supervision::wants_restart(int wait_status) const noexcept {
  if (policy_ == Restart::no || (wait_status == 0 && (oneshot_ || policy_ == Restart::on_failure))) return false;
  return attempts_max_ == 0 || attempts_ < attempts_max_;
}

void Supervision::schedule_restart() noexcept {
  std::int64_t pause = first_pause;
  for (std::uint32_t i = 0; i < attempts_ && pause < longest_pause; ++i) pause *= 2;
  ++attempts_;
  restart_at_ = boottime() + std::min(pause, longest_pause);
  sweeping_ = true;
  publish([&](State& state) {
    state.phase = Phase::restarting;
    state.next_start = restart_at_;
  });
}

/// What cannot be started any more has failed once more.
void Supervision::restart() noexcept {
  restart_at_ = 0;
  Failure failure;
  if (start(failure)) return;
  wants_restart(not_started) ? schedule_restart() : answer_with(not_started);
}

void Supervision::reap() noexcept {
  int status = 0;
  for (pid_t pid = 0; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    if (pid == command_) command_ended(status);
    if (supervisors_.died(pid)) orphaned_ = true;
  }
}

void Supervision::forward(int signal) const noexcept {
  if (command_ > 0) kill(-command_, signal);
}

void Supervision::begin(Next next, engine::Fd asker, engine::Fd record) noexcept {
  if (is_ending()) {
    Failure ending;
    ending.set(0, "its init is about to end");
    if (asker) send_report(asker.get(), next == Next::end ? Verdict::done : Verdict::failed, ending);
    return;
  }
  supersede();
  asker_ = std::move(asker);
  record_ = std::move(record);
  next_ = next;
  attempts_ = 0;
  restart_at_ = 0;
  sweeping_ = true;
  if (next == Next::end) supervisors_.signal(end_signal);
  if (command_ == 0) return;
  kill(-command_, stop_signal_);
  kill(-command_, SIGCONT);  // a stopped process would not see it
  deadline_ = boottime() + stop_timeout_;
}

void Supervision::leave_rest_to_init() noexcept {
  left_to_init_ = true;
  begin(Next::end, {}, {});
}

void Supervision::start_unless_running(engine::Fd asker) noexcept {
  if (command_ == 0) return begin(Next::replace, std::move(asker), {});
  if (oneshot_) return wait_for_end(std::move(asker));
  if (asker) send_report(asker.get(), Verdict::done, {});
}

/// Nothing that is under way is disturbed by it.
void Supervision::adopt(engine::Fd asker, engine::Fd record) noexcept {
  Failure failure;
  const bool ok = take_record(std::move(record), failure) && read_policy(failure);
  if (asker) send_report(asker.get(), ok ? Verdict::done : Verdict::failed, failure);
}

/// Of a oneshot that still runs, or is about to start once more.
void Supervision::wait_for_end(engine::Fd asker) noexcept {
  supersede();
  asker_ = std::move(asker);
  if (command_ == 0 && restart_at_ == 0 && next_ == Next::stay) answer_with(state_->wait_status);
}

void Supervision::note_ready(std::uint64_t starts, std::uint64_t hash) noexcept {
  publish([&](State& state) {
    state.ready_starts = starts;
    state.ready_hash = hash;
  });
}

/// The grace is over; its SIGCHLD brings us back.
void Supervision::enforce_deadline() noexcept {
  if (deadline_ == 0 || boottime() < deadline_) return;
  deadline_ = 0;
  if (command_ > 0) kill(-command_, SIGKILL), kill(command_, SIGKILL);
}

/// Kills what was left behind, and comes back until it has gone: a process may fork while it is looked for.
void Supervision::sweep() noexcept {
  if (orphaned_) orphaned_ = supervisors_.end_orphans() > 0;
  if (sweeping_ && command_ == 0) sweeping_ = end_family(supervisors_) > 0;
  const bool again = orphaned_ || (sweeping_ && command_ == 0);
  sweep_pause_ = !again ? 0 : sweep_pause_ == 0 ? first_look : std::min(2 * sweep_pause_, last_look);
  sweep_at_ = again ? boottime() + sweep_pause_ : 0;
}

void Supervision::proceed() noexcept {
  if (!log_.keeps(state_->log_start)) publish([](State& state) { state.log_start = {}; });
  enforce_deadline();
  // Who forks faster than one can kill would be swept for ever; nobody forks in a namespace whose init is gone.
  if (command_ == 0 && next_ == Next::end && left_to_init_) return end();
  sweep();
  if (command_ > 0 || sweeping_) return;
  if (next_ == Next::stay) {
    if (restart_at_ != 0 && boottime() >= restart_at_) restart();
    return;
  }
  next_ == Next::end ? end() : carry_out();
}

void Supervision::end() noexcept {
  sweep_at_ = 0;
  if (supervisors_.any_alive()) return;  // their SIGCHLD brings us back
  log_.drain();
  _exit(0);
}

bool Supervision::take_record(engine::Fd record, Failure& failure) noexcept {
  if (!record || dup3(record.get(), record_fd, O_CLOEXEC) >= 0) return true;
  failure.set(errno, "record");
  return false;
}

void Supervision::carry_out() noexcept {
  const bool stop = next_ == Next::stop;
  next_ = Next::stay;
  log_.drain();
  if (stop) publish([](State& state) { state.phase = Phase::stopped; });
  Failure failure;
  if (!take_record(std::move(record_), failure)) return answer(false, failure);
  if (stop) return answer(true, failure);
  if (start(failure) && oneshot_) return;  // its end is the answer
  answer(command_ > 0, failure);
}

int Supervision::timeout() const noexcept {
  std::int64_t first = 0;
  for (const std::int64_t at : {deadline_, restart_at_, sweep_at_})
    if (at != 0 && (first == 0 || at < first)) first = at;
  if (first == 0) return -1;
  const std::int64_t left = (first - boottime() + millisecond - 1) / millisecond;
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 1000000));
}

}  // namespace nsbuild::init
