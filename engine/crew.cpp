#include "engine/crew.hpp"

#include "engine/error.hpp"

#include <utility>

#include <sys/eventfd.h>
#include <unistd.h>

namespace nsbuild::engine {

namespace {

/// Each holds two descriptors, of which there are not many.
constexpr std::size_t most_unreaped = 16;

const planner::Namespace& wanted(const Task& task) { return std::get<planner::Namespace>(*task.step->after); }

}  // namespace

Crew::Crew(Machine& machine) : machine_(machine), bell_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!bell_) throw SysError("make an eventfd");
}

Crew::~Crew() {
  abandon();
  if (thread_.joinable()) thread_.join();
}

void Crew::submit(const std::vector<Task>& tasks) {
  std::exception_ptr failure;
  try {
    prepare_pins(machine_);
  } catch (const SysError&) {
    failure = std::current_exception();
  }
  bool wants_thread = false;
  {
    const std::lock_guard<std::mutex> alone(mutex_);
    for (const Task& task : tasks)
      if (failure)
        ended_.push_back({task, {}, failure});
      else
        waiting_.push_back(task);
    wants_thread = !thread_works_ && waiting_.size() >= worth_a_thread;
    thread_works_ = thread_works_ || wants_thread;
  }
  if (!wants_thread) return;
  if (thread_.joinable()) thread_.join();  // it has said that it works no more
  machine_.places.expect(tasks.size());
  thread_ = start_worker([this] { work(); });
  if (!thread_.joinable()) thread_works_ = false;  // nobody else looks at it then
}

void Crew::work() noexcept {
  while (make_next(1)) {
    constexpr std::uint64_t one = 1;
    // A counter that is full rings as well (eventfd(2)).
    [[maybe_unused]] const ssize_t rung = ::write(bell_.get(), &one, sizeof one);
  }
}

bool Crew::help() { return make_next(0); }

bool Crew::make_next(unsigned worker) noexcept {
  Task task;
  {
    std::unique_lock<std::mutex> alone(mutex_);
    if (worker != 0)
      reaped_or_abandoned_.wait(alone, [&] { return ended_.size() < most_unreaped || waiting_.empty(); });
    if (waiting_.empty()) {
      if (worker != 0) thread_works_ = false;
      return false;
    }
    task = waiting_.front();
    waiting_.pop_front();
    ++under_way_;
  }
  try {
    note({task, make_namespace(machine_.lab(), wanted(task), machine_.places.home(), machine_.procfs[worker]), {}});
  } catch (...) {
    note({task, {}, std::current_exception()});
  }
  return true;
}

void Crew::note(Made made) {
  const std::lock_guard<std::mutex> alone(mutex_);
  ended_.push_back(std::move(made));
  --under_way_;
}

std::vector<Crew::Ended> Crew::reap() {
  const auto has_ended = [&] {
    const std::lock_guard<std::mutex> alone(mutex_);
    return !ended_.empty();
  };
  if (!has_ended()) return {};
  // Before they are taken: who rings in between is heard again.
  std::uint64_t rings = 0;
  [[maybe_unused]] const ssize_t got = ::read(bell_.get(), &rings, sizeof rings);
  std::vector<Made> made;
  {
    const std::lock_guard<std::mutex> alone(mutex_);
    std::swap(made, ended_);
  }
  reaped_or_abandoned_.notify_one();
  std::vector<Ended> all;
  all.reserve(made.size());
  for (Made& one : made) {
    try {
      if (one.made) keep_namespace(machine_, wanted(one.task).name, *std::move(one.made));
    } catch (...) {
      one.failure = std::current_exception();
    }
    all.push_back({one.task, one.failure});
  }
  return all;
}

std::vector<Task> Crew::abandon() {
  const std::lock_guard<std::mutex> alone(mutex_);
  std::vector<Task> all(waiting_.begin(), waiting_.end());
  waiting_.clear();
  reaped_or_abandoned_.notify_one();
  return all;
}

bool Crew::is_idle() const {
  const std::lock_guard<std::mutex> alone(mutex_);
  return waiting_.empty() && under_way_ == 0 && ended_.empty();
}

}  // namespace nsbuild::engine
