#include "engine/init/log.hpp"

#include "engine/init/supervision.hpp"

#include <algorithm>

#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nsbuild::init {
namespace {

constexpr int log_fd = STDOUT_FILENO;
constexpr std::int64_t millisecond = 1000000;
constexpr std::int64_t shortest_pause = 1000 * millisecond;
constexpr std::int64_t longest_pause = 8000 * millisecond;
constexpr std::uint64_t kept_min = 10U << 20U;
constexpr std::uint64_t kept_max = 2 * kept_min;
constexpr std::uint64_t block = 1U << 16U;  // holes are made of whole pages
/// A file's time is that of the last tick of the clock (current_time in fs/inode.c), at least 100 of which make a
/// second.
constexpr std::int64_t tick = 10 * millisecond;

}  // namespace

/// What stands in the log already is as old as it says.
LogKeeper::LogKeeper(LogTimes* times) noexcept : times_(times) {
  const off_t data = lseek(log_fd, 0, SEEK_DATA);
  head_ = data > 0 ? static_cast<std::uint64_t>(data) : 0;
  look();
}

int LogKeeper::timeout() const noexcept {
  const std::int64_t left = (next_ - boottime() + millisecond - 1) / millisecond;
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, longest_pause / millisecond));
}

void LogKeeper::look() noexcept {
  if (boottime() < next_) return;
  struct stat status {};
  const bool seen = fstat(log_fd, &status) == 0;
  const auto size = seen ? static_cast<std::uint64_t>(status.st_size) : size_;
  pause_ = size != size_ ? shortest_pause : std::min(std::max(2 * pause_, shortest_pause), longest_pause);
  next_ = boottime() + pause_;
  if (size < size_) head_ = 0;  // somebody opened it with O_TRUNC
  if (size != size_) note(std::int64_t{status.st_mtim.tv_sec} * 1000000000 + status.st_mtim.tv_nsec + tick, size);
  if (size - head_ > kept_max) trim(size);
  size_ = size;
}

/// A reader retries while `sequence` is odd or has moved.
void LogKeeper::note(std::int64_t at, std::uint64_t size) noexcept {
  __atomic_add_fetch(&times_->sequence, 1, __ATOMIC_SEQ_CST);
  if (size < size_) times_->count = 0;
  if (times_->count == LogTimes::max) thin_out();
  times_->all[times_->count++] = {at, size};
  __atomic_add_fetch(&times_->sequence, 1, __ATOMIC_SEQ_CST);
}

void LogKeeper::thin_out() noexcept {
  constexpr std::uint32_t half = LogTimes::max / 2;
  for (std::uint32_t i = 0; i < half / 2; ++i) times_->all[i] = times_->all[2 * i + 1];
  for (std::uint32_t i = 0; i < half; ++i) times_->all[half / 2 + i] = times_->all[half + i];
  times_->count = half / 2 + half;
}

/// On a file system without holes the log just grows on; it is not asked again before as much has been written.
void LogKeeper::trim(std::uint64_t size) noexcept {
  head_ = (size - kept_min) / block * block;
  fallocate(log_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(head_));
}

}  // namespace nsbuild::init
