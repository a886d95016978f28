// What an init does for its service's log, which it has as standard output: notes when it was how long, and gives back
// what is too old.
#pragma once
#include "engine/init/wire.hpp"

namespace nsbuild::init {

/// Who writes has the file itself, so nobody can be asked to write elsewhere and nothing may be cut off behind its
/// back. But blocks at the head can be given back as a hole: offsets stay, and no line is lost between two files.
class LogKeeper {
 public:
  explicit LogKeeper(LogTimes* times) noexcept;
  /// Looks at the log when it is time to.
  void look() noexcept;
  /// ms until look() has something to do: the argument of poll(2).
  int timeout() const noexcept;

 private:
  void note(std::int64_t at, std::uint64_t size) noexcept;
  void thin_out() noexcept;
  void trim(std::uint64_t size) noexcept;

  LogTimes* times_;
  std::uint64_t size_ = 0;
  std::uint64_t head_ = 0;  // what stands before has been given back
  std::int64_t next_ = 0;   // CLOCK_BOOTTIME, ns
  std::int64_t pause_ = 0;  // longer while nothing is written
};

}  // namespace nsbuild::init
