// Makes namespaces in a second thread, while the first does what has waited for those that are there already: making
// them is a good part of what an apply takes, none needs another, and the kernel does little of it under its one lock.
#pragma once
#include "engine/kernel.hpp"
#include "engine/kinds/kinds.hpp"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace nsbuild::engine {

class Crew {
 public:
  struct Ended {
    Task task;
    std::exception_ptr failure;  // null when it is there
  };

  explicit Crew(Machine& machine);
  /// Waits for the one that is under way; those that have not begun are never made.
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  /// Each makes a namespace. They are begun in this order.
  void submit(const std::vector<Task>& tasks);
  /// Makes the next one in the calling thread; false when none waits.
  bool help();
  /// Those that have ended since the last call; they are among the machine's places then.
  std::vector<Ended> reap();
  /// Those that have not begun, which then never will.
  std::vector<Task> abandon();
  /// Whether none waits, is under way or has yet to be reaped.
  bool is_idle() const;
  /// POLLIN: reap() has something to say.
  int descriptor() const { return bell_.get(); }

 private:
  struct Made {
    Task task;
    std::optional<NewNamespace> made;
    std::exception_ptr failure;
  };

  bool make_next(unsigned worker) noexcept;
  void note(Made made);
  void work() noexcept;

  Machine& machine_;
  Fd bell_;
  mutable std::mutex mutex_;  // of all below except the thread
  std::condition_variable reaped_or_abandoned_;
  std::deque<Task> waiting_;
  std::size_t under_way_ = 0;
  std::vector<Made> ended_;
  bool thread_works_ = false;
  std::thread thread_;
};

}  // namespace nsbuild::engine
