#include "engine/init/log.hpp"

#include "engine/fd.hpp"
#include "engine/init/log_times.hpp"
#include "engine/init/supervision.hpp"

#include <algorithm>
#include <ctime>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nsbuild::init {
namespace {

constexpr std::int64_t millisecond = 1000000;
constexpr std::int64_t second = 1000 * millisecond;
constexpr std::size_t piece = 2048;  // on the stack, which is small
constexpr int pieces_at_once = 16;   // then others have their turn
constexpr std::int64_t retry_pause = 10 * second;
/// A file's time is that of the last tick of the clock (current_time in fs/inode.c), at least 100 of which make a
/// second.
constexpr std::int64_t tick = 10 * millisecond;

std::int64_t nanoseconds(const timespec& time) noexcept { return std::int64_t{time.tv_sec} * second + time.tv_nsec; }

std::int64_t wall_time() noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return nanoseconds(now);
}

bool is_same(const LogPlace& a, const LogPlace& b) noexcept { return a.inode == b.inode && a.offset == b.offset; }

}  // namespace

/// The writing end is what the command gets, and whoever opens that anew: it waits while the pipe is full. Ours does
/// not.
int LogKeeper::open() noexcept {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  const engine::Fd out(fcntl(ends[0], F_DUPFD_CLOEXEC, report_fd + 2));
  const engine::Fd in(fcntl(ends[1], F_DUPFD_CLOEXEC, report_fd + 2));
  for (const int end : ends) engine::Fd{end}.reset();
  const bool ok = out && in && fcntl(out.get(), F_SETFL, O_NONBLOCK) == 0 &&
                  dup3(out.get(), log_pipe_fd, O_CLOEXEC) >= 0 && dup2(in.get(), STDOUT_FILENO) >= 0 &&
                  dup2(in.get(), STDERR_FILENO) >= 0;
  return ok ? LogFile::open() : -1;
}

/// What stands in the log already is as old as it says.
LogKeeper::LogKeeper(LogTimes* times) noexcept : times_(times) {
  struct stat status {};
  if (fstat(log_fd, &status) == 0 && status.st_size > 0) note(nanoseconds(status.st_mtim) + tick);
}

/// Flags belong to the pipe, not to who has set them (F_SETFL in fcntl(2)); and it has a mode, which counts for who
/// opens /dev/stdout as another user.
void LogKeeper::renew_pipe() noexcept {
  fcntl(STDOUT_FILENO, F_SETFL, 0);
  fchmod(STDOUT_FILENO, 0666);
}

/// How many bytes there were; less than a piece when the pipe is empty now.
std::size_t LogKeeper::copy() noexcept {
  char text[piece];
  const ssize_t size = read(log_pipe_fd, text, sizeof text);
  if (size <= 0) return 0;
  file_.append(text, static_cast<std::size_t>(size));
  return static_cast<std::size_t>(size);
}

void LogKeeper::take() noexcept {
  for (int i = 0; i < pieces_at_once; ++i)
    if (copy() < piece) break;
  note(wall_time());
}

void LogKeeper::drain() noexcept {
  int left = 0;
  ioctl(log_pipe_fd, FIONREAD, &left);
  for (std::size_t size = 0; left > 0 && (size = copy()) > 0; note(wall_time())) left -= static_cast<int>(size);
}

void LogKeeper::proceed() noexcept {
  if (!file_.has_loss() || boottime() < retry_at_) return;
  retry_at_ = boottime() + retry_pause;
  if (file_.tell_loss()) note(wall_time());
}

int LogKeeper::timeout() const noexcept {
  if (!file_.has_loss()) return -1;
  const std::int64_t left = (retry_at_ - boottime() + millisecond - 1) / millisecond;
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, retry_pause / millisecond));
}

/// Of what was read by now.
void LogKeeper::note(std::int64_t at) noexcept {
  const LogPlace place = file_.end();
  if (times_->count > 0 && is_same(times_->all[times_->count - 1].place, place)) return;
  note_time(*times_, {at, place}, file_.older_inode());
}

}  // namespace nsbuild::init
