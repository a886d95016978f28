// One writer per lab: flock(2) on a file of the lab's directory, with word of who holds it.
#pragma once
#include "engine/error.hpp"
#include "engine/fd.hpp"

#include <functional>
#include <string>

namespace nsbuild::engine {

struct LockRequest {
  bool make_directory = true;                               // false: fail when the lab has none (any more)
  bool wait = true;                                         // false: fail at once when it is held
  std::function<void(const std::string& words)> on_wait{};  // "lab x is held by pid 12 (nsbuild apply ...)"
  std::function<bool()> stop_requested{};                   // asked when a signal interrupts the wait
  std::string purpose{};                                    // one word, that a holder who is killed leaves; "": the
                                                            // word of one who was killed before stays
  bool only_to_look = false;                                // what the last holder left stays, until take()
};

/// Somebody else holds it, and it is not to be waited for.
class LockHeld : public Error {
 public:
  using Error::Error;
};

/// There was a directory, or was to be one, and there is none any more.
class LabGone : public Error {
 public:
  using Error::Error;
};

/// Held until it is destroyed or the process ends; no child inherits it (CLOEXEC).
class Lock {
 public:
  /// Throws LockHeld, LabGone when there is no directory which is not to be made, and Error when the wait was
  /// interrupted.
  Lock(const std::string& lab, const LockRequest& request);
  ~Lock();
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  /// Whoever held it last was killed: services that it had begun to start may still be half made.
  bool was_left() const { return !left_.empty(); }
  /// What for; "" when nobody was killed, or said it.
  std::string purpose_left() const;

  /// What a killed holder has left is as it is to be, so who comes next is not told of it. Else it still is: a change
  /// that fails puts the lab back as it was, half made.
  void settle() { left_.clear(); }

  /// What was only to be looked at is now to be changed.
  void take(const std::string& purpose);

  /// There was none before: nothing is in it but this lock.
  bool made_directory() const { return made_directory_; }

  /// Removes the directory that it has made, with nothing in it but this lock; opens nothing, so that it works when
  /// there is no descriptor left.
  void take_back_dir();
  /// Removes the lab's directory, while the lock is still held: who waits for it notices and starts anew. What nsbuild
  /// has not made in there stays, and the directory with it.
  void remove_lab_dir();

 private:
  void acquire(const LockRequest& request);
  void note(const std::string& text) const;

  std::string lab_;
  Fd file_;
  bool made_directory_ = false;
  std::string left_;  // "<pid> <purpose>\n" of a holder that was killed
  bool is_taken_ = false;
};

/// Whether somebody is removing the lab's directory at this moment.
bool is_being_removed(const std::string& lab);

/// Who holds the lab's lock, in words, for who may not wait: "lab x is held by pid 12 (nsbuild apply x.yaml)".
std::string lock_holder(const std::string& lab);

}  // namespace nsbuild::engine
