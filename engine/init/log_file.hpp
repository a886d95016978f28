// A service's log on disk: what it is given is appended to a file, which is put aside when it is long. Nothing here
// waits or fails: what cannot be written is counted, and told in the log once it can be written again.
#pragma once
#include "engine/init/wire.hpp"

#include <cstddef>

namespace nsbuild::init {

class LogFile {
 public:
  /// Opens log_fd in log_directory_fd, under the name that the record has for the service. -1 with errno.
  static int open() noexcept;

  LogFile() noexcept;
  void append(const char* text, std::size_t size) noexcept;
  /// Where what comes next will stand.
  LogPlace end() const noexcept { return {inode_, size_}; }
  bool keeps(const LogPlace& place) const noexcept;
  /// Of the file that was put aside; 0 when there is none.
  std::uint64_t older_inode() const noexcept { return older_inode_; }
  /// Whether there are lost bytes of which the log does not tell yet.
  bool has_loss() const noexcept { return lost_ != 0; }
  bool tell_loss() noexcept;

 private:
  void put(const char* text, std::size_t size) noexcept;
  void put_aside() noexcept;
  bool begin_anew(const char* name, const char* aside) noexcept;
  void look() noexcept;

  std::uint64_t inode_ = 0;
  std::uint64_t older_inode_ = 0;
  std::uint64_t size_ = 0;
  std::uint64_t full_at_;
  std::uint64_t lost_ = 0;
  int error_ = 0;         // why
  bool in_line_ = false;  // the last line has no end yet
};

}  // namespace nsbuild::init
