#include "engine/init/log_times.hpp"

#include <algorithm>

namespace nsbuild::init {
namespace {

constexpr std::uint32_t half = LogTimes::max / 2;
constexpr std::int64_t second = 1000000000;

void set_end(LogTimes& times, const LogTime* end) noexcept {
  times.count = static_cast<std::uint32_t>(end - times.all);
}

/// At the first time in a new file. Only those in the file before that stay: the inode of an earlier one has become
/// free, and may be the new one's.
void keep_last(LogTimes& times, std::uint64_t inode) noexcept {
  const LogTime* const end = times.all + times.count;
  const LogTime* from = end;
  while (from != times.all && from[-1].place.inode == inode) --from;
  set_end(times, std::copy(from, end, times.all));
}

/// Leaves out those that come sooner than `pause` after one that stays; returns how many stay.
std::uint32_t spread(LogTime* all, std::uint32_t count, std::int64_t pause) noexcept {
  std::uint32_t kept = 0;
  for (std::uint32_t i = 0; i < count; ++i)
    if (kept == 0 || all[i].at - all[kept - 1].at >= pause) all[kept++] = all[i];
  return kept;
}

/// The newer half stays; in the older one as many stay as are a second apart, or more seconds if those are too many.
void thin_out(LogTimes& times) noexcept {
  std::uint32_t kept = half;
  for (std::int64_t pause = second; kept > half / 2; pause *= 2) kept = spread(times.all, kept, pause);
  set_end(times, std::copy(times.all + half, times.all + times.count, times.all + kept));
}

}  // namespace

/// A reader retries while `sequence` is odd or has moved.
void note_time(LogTimes& times, const LogTime& time, std::uint64_t older_inode) noexcept {
  __atomic_add_fetch(&times.sequence, 1, __ATOMIC_SEQ_CST);
  if (times.count > 0 && times.all[times.count - 1].place.inode != time.place.inode) keep_last(times, older_inode);
  if (times.count == LogTimes::max) thin_out(times);
  times.all[times.count++] = time;
  __atomic_add_fetch(&times.sequence, 1, __ATOMIC_SEQ_CST);
}

}  // namespace nsbuild::init
