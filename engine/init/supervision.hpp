// What an init, or the supervisor of a service that joined, does with its command: starts it, ends it with all that it
// leaves behind, and starts it again by its restart policy.
#pragma once
#include "engine/fd.hpp"
#include "engine/init/base.hpp"
#include "engine/init/family.hpp"
#include "engine/init/log.hpp"

#include <csignal>
#include <cstdint>
#include <utility>

#include <sys/types.h>

namespace nsbuild::init {

/// False when nobody listens any more.
bool send_report(int channel, Verdict verdict, const Failure& failure) noexcept;

/// From its init to a supervisor: an `end`. SIGPWR means nothing else here, and only PID 1 is believed.
inline constexpr int end_signal = SIGPWR;

/// CLOCK_BOOTTIME, ns.
std::int64_t boottime() noexcept;
/// The time with which the kernel stamps files, of its last tick.
std::int64_t file_time() noexcept;

/// What is to happen once the command and what it left have ended.
enum class Next { stay, replace, stop, end };

class Supervision {
 public:
  Supervision(State* state, LogKeeper& log) noexcept;

  /// The first start, reported by the caller unless it is a oneshot's: that is over when the command is.
  bool launch(bool start_command, Failure& failure) noexcept;
  bool is_oneshot() const noexcept { return oneshot_; }
  /// Who is told how the oneshot ends.
  void tell(engine::Fd asker) noexcept { asker_ = std::move(asker); }

  /// An order; what was under way is superseded. The new record, if there is one, counts from the end of the command.
  void begin(Next next, engine::Fd asker, engine::Fd record) noexcept;
  void start_unless_running(engine::Fd asker) noexcept;
  void adopt(engine::Fd asker, engine::Fd record) noexcept;
  void wait_for_end(engine::Fd asker) noexcept;
  /// Of a supervisor: its init ends as soon as it has, and the kernel kills whatever else is in their namespace.
  void leave_rest_to_init() noexcept;
  void note_ready(std::uint64_t starts, std::uint64_t hash) noexcept;
  bool is_ending() const noexcept { return next_ == Next::end; }

  Supervisors& supervisors() noexcept { return supervisors_; }
  void forward(int signal) const noexcept;
  void reap() noexcept;
  /// Does what the time has come for. Returns after nothing else can be done now.
  void proceed() noexcept;
  /// ms until proceed() must be called, -1 for never: the argument of poll(2).
  int timeout() const noexcept;

 private:
  template <class Change>
  void publish(Change change) noexcept;
  bool read_policy(Failure& failure) noexcept;
  bool start(Failure& failure) noexcept;
  void command_ended(int wait_status) noexcept;
  bool wants_restart(int wait_status) const noexcept;
  void schedule_restart() noexcept;
  void restart() noexcept;
  void enforce_deadline() noexcept;
  void sweep() noexcept;
  void carry_out() noexcept;
  void end() noexcept;
  void supersede() noexcept;
  bool take_record(engine::Fd record, Failure& failure) noexcept;
  void answer(bool ok, const Failure& failure) noexcept;
  void answer_with(int wait_status) noexcept;

  State* state_;
  LogKeeper& log_;
  pid_t command_ = 0;  // in this PID namespace
  bool oneshot_ = false;
  Restart policy_ = Restart::no;
  std::uint32_t attempts_max_ = 0;
  std::uint32_t attempts_ = 0;  // in a row
  int stop_signal_ = SIGTERM;
  std::int64_t stop_timeout_ = 0;  // ns
  Next next_ = Next::stay;
  // CLOCK_BOOTTIME, ns; 0 is none.
  std::int64_t deadline_ = 0;  // the command is killed
  std::int64_t restart_at_ = 0;
  std::int64_t sweep_at_ = 0;  // what was left behind is looked at again
  std::int64_t sweep_pause_ = 0;
  bool sweeping_ = false;  // what the command has left is to end
  bool orphaned_ = false;  // what a dead supervisor has left is
  bool left_to_init_;      // an end does not wait for that: the kernel kills them with the init (pid_namespaces(7))
  engine::Fd asker_;       // who waits for the order under way
  engine::Fd record_;      // the record to replace ours
  Supervisors supervisors_;
};

}  // namespace nsbuild::init
