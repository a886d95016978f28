// One writer per lab: flock(2) on a file of the lab's directory, with word of who holds it.
#pragma once
#include "engine/fd.hpp"

#include <functional>
#include <string>

namespace nsbuild::engine {

struct LockRequest {
  bool make_directory = true;                             // false: fail when the lab has none (any more)
  bool wait = true;                                       // false: fail at once when it is held
  std::function<void(const std::string& words)> on_wait;  // "lab x is held by pid 12 (nsbuild apply ...)"; may be empty
  std::function<bool()> stop_requested;                   // asked when a signal interrupts the wait; may be empty
};

/// Held until it is destroyed or the process ends; no child inherits it (CLOEXEC).
class Lock {
 public:
  /// Throws Error when it is held and is not to be waited for, when the wait was interrupted, and when there is no
  /// directory which is not to be made.
  Lock(const std::string& lab, const LockRequest& request);
  ~Lock();

  /// Whoever held it last was killed: services that it had begun to start may still be half made.
  bool was_left() const { return was_left_; }

  /// There was none before: nothing is in it but this lock.
  bool made_directory() const { return made_directory_; }

  /// Removes the lab's directory, while the lock is still held: who waits for it notices and starts anew.
  void remove_lab_dir();

 private:
  void take(const LockRequest& request);

  std::string lab_;
  Fd file_;
  bool was_left_ = false;
  bool made_directory_ = false;
};

}  // namespace nsbuild::engine
