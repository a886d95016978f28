// A service's log as it is read: the file that its init has put aside and the one that it writes, as one text; and
// where to begin: at its last lines, or at a time.
#pragma once
#include "engine/fd.hpp"
#include "engine/init/wire.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nsbuild::engine {

using WallTime = std::chrono::system_clock::time_point;

/// Where inits make and rename the logs of a lab's services (O_PATH). Made when it is missing. Throws SysError.
Fd open_log_directory(const std::string& lab);

/// Positions are bytes from the start of the older file. Both files stay open: what is in them can be read also after
/// a newer one has taken their place.
class Log {
 public:
  Log(Fd older, Fd newer);

  std::uint64_t size() const;
  /// The bytes from `from` to `to`, at most 64 KiB of them; none at the end.
  std::string read(std::uint64_t from, std::uint64_t to = ~std::uint64_t{0}) const;
  /// The start when that file is none of these two; the start of a file that somebody has cut before that place.
  std::uint64_t position(const init::LogPlace& place) const;
  init::LogPlace place(std::uint64_t position) const;

  /// Whether these are the files of `other`, too.
  bool is_same(const Log& other) const;
  /// Whether it lacks the file that `before` ended with, and goes on with no other.
  bool has_lost_end_of(const Log& before) const;

 private:
  Fd older_, newer_;
  std::uint64_t older_inode_, newer_inode_;  // 0: there is none
  std::uint64_t older_size_;
};

/// None when the service has no log (any more). Throws SysError.
std::optional<Log> open_log(const Fd& directory, const std::string& service);
std::optional<Log> open_log(const std::string& lab, const std::string& service);

/// Where the last `lines` lines begin, not before `from`. A last line without its end counts.
std::uint64_t last_lines(const Log& log, std::uint64_t from, std::size_t lines);

/// Where the line begins behind which everything is that was written at `since` or later. `times` is what the service's
/// init has noted; without any it is the start.
std::uint64_t lines_since(const Log& log, const std::vector<init::LogTime>& times, WallTime since);

}  // namespace nsbuild::engine
