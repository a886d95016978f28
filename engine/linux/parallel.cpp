#include "engine/linux/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <utility>
#include <vector>

#include <signal.h>

namespace nsbuild::engine {

namespace {

class SignalsHeld {
 public:
  SignalsHeld() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsHeld() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;

 private:
  sigset_t before_{};
};

class Crew {
 public:
  using Each = std::function<void(std::size_t, unsigned)>;
  Crew(std::size_t count, const Each& each) : count_(count), failed_(count), each_(each) {}

  void work(unsigned worker) noexcept {
    for (std::size_t index = next_++; index < count_; index = next_++) try {
        each_(index, worker);
      } catch (...) {
        note(index, std::current_exception());
      }
  }

  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void note(std::size_t index, const std::exception_ptr& failure) {
    const std::lock_guard<std::mutex> alone(mutex_);
    if (index >= failed_) return;
    failed_ = index;
    failure_ = failure;
  }

  std::size_t count_;
  std::atomic<std::size_t> next_ = 0;
  std::mutex mutex_;
  std::size_t failed_;  // the lowest index so far
  std::exception_ptr failure_;
  const Each& each_;
};

}  // namespace

std::thread start_worker(std::function<void()> work) {
  if (std::thread::hardware_concurrency() < 2) return {};
  const SignalsHeld held;
  try {
    return std::thread(std::move(work));
  } catch (const std::system_error&) {
    return {};
  }
}

void in_parallel(std::size_t count, const std::function<void(std::size_t, unsigned)>& each) {
  Crew crew(count, each);
  std::thread second;
  if (count >= worth_a_thread) second = start_worker([&crew] { crew.work(1); });
  crew.work(0);
  if (second.joinable()) second.join();
  crew.rethrow();
}

}  // namespace nsbuild::engine
