#include "engine/init/log_file.hpp"

#include "engine/fd.hpp"
#include "engine/init/base.hpp"

#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nsbuild::init {
namespace {

constexpr std::uint64_t size_max = 10U << 20U;  // of each of the two files
constexpr std::uint64_t line_max = 1U << 20U;   // a longer one is cut in two where it stands
constexpr int how_to_open = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW;

/// The names of the two files.
struct Names {
  char newer[256] = {};
  char older[256] = {};

  Names() noexcept {
    const Mapping memory(record_fd);
    if (!memory) return;
    append(newer, sizeof newer, memory.text(memory.at<RecordHeader>(0)->prefix.service));
    append(older, sizeof older, newer);
    append(older, sizeof older, older_log_suffix);
  }
};

std::size_t through_line_end(const char* text, std::size_t size) noexcept {
  std::size_t count = 0;
  while (count < size)
    if (text[count++] == '\n') break;
  return count;
}

std::uint64_t inode_of(const char* name) noexcept {
  struct stat status {};
  return fstatat(log_directory_fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0 ? status.st_ino : 0;
}

}  // namespace

int LogFile::open() noexcept {
  const Names names;
  if (*names.newer == '\0') return -1;  // its errno is that of the record's mapping
  engine::Fd file(openat(log_directory_fd, names.newer, how_to_open, 0600));
  if (!file) return -1;
  const engine::Fd lifted(fcntl(file.get(), F_DUPFD_CLOEXEC, report_fd + 2));
  file.reset();  // it may have the number already
  return lifted && dup3(lifted.get(), log_fd, O_CLOEXEC) >= 0 ? 0 : -1;
}

LogFile::LogFile() noexcept : full_at_(size_max) {
  older_inode_ = inode_of(Names().older);
  look();
}

/// Its size is asked for each time: somebody may have cut it by hand.
void LogFile::look() noexcept {
  struct stat status {};
  if (fstat(log_fd, &status) != 0) return;
  inode_ = status.st_ino;
  size_ = static_cast<std::uint64_t>(status.st_size);
}

bool LogFile::keeps(const LogPlace& place) const noexcept {
  return place.inode == 0 || place.inode == inode_ || place.inode == older_inode_;
}

void LogFile::put(const char* text, std::size_t size) noexcept {
  while (size > 0) {
    const ssize_t wrote = write(log_fd, text, size);
    if (wrote <= 0) {
      error_ = errno;
      lost_ += size;
      return;
    }
    text += wrote;
    size -= static_cast<std::size_t>(wrote);
    in_line_ = text[-1] != '\n';
  }
}

/// A file ends with a line, so that what is left of a log begins with one.
void LogFile::append(const char* text, std::size_t size) noexcept {
  if (has_loss() && !tell_loss()) {
    lost_ += size;
    return;
  }
  if (size_ >= full_at_) {
    const std::size_t head = in_line_ ? through_line_end(text, size) : 0;
    put(text, head);
    text += head;
    size -= head;
    if (!in_line_ || size_ >= full_at_ + line_max) put_aside();
  }
  if (!has_loss()) put(text, size);
  look();
}

bool LogFile::tell_loss() noexcept {
  char line[128] = {};
  if (in_line_) init::append(line, sizeof line, "\n");
  init::append(line, sizeof line, "nsbuild: ");
  init::append(line, sizeof line, Decimal(lost_).text);
  init::append(line, sizeof line, " bytes are missing here: ");
  init::append(line, sizeof line, error_ == ENOSPC ? "no space was left" : "errno ");
  if (error_ != ENOSPC) init::append(line, sizeof line, Decimal(static_cast<unsigned long>(error_)).text);
  init::append(line, sizeof line, "\n");
  const auto size = static_cast<ssize_t>(std::strlen(line));
  const ssize_t wrote = write(log_fd, line, static_cast<std::size_t>(size));
  if (wrote > 0 && wrote < size) ftruncate(log_fd, static_cast<off_t>(size_));
  if (wrote < size) return false;
  lost_ = 0;
  in_line_ = false;
  look();
  return true;
}

/// When it cannot be done, the file grows on for a while.
void LogFile::put_aside() noexcept {
  const Names names;
  const std::uint64_t before = inode_;
  if (!begin_anew(names.newer, names.older)) {
    full_at_ = size_ + size_max / 8;
    return;
  }
  older_inode_ = before;
  full_at_ = size_max;
  look();
}

/// A reader that finds only the older file knows that nothing has been written since (engine/service/log_file.cpp).
bool LogFile::begin_anew(const char* name, const char* aside) noexcept {
  const bool renamed = renameat(log_directory_fd, name, log_directory_fd, aside) == 0;
  if (!renamed && errno != ENOENT) return false;  // ENOENT: somebody has removed it
  const engine::Fd file(openat(log_directory_fd, name, how_to_open | O_EXCL, 0600));
  if (file && dup3(file.get(), log_fd, O_CLOEXEC) >= 0) return true;
  if (renamed) renameat(log_directory_fd, aside, log_directory_fd, name);
  return false;
}

}  // namespace nsbuild::init
