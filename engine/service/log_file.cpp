#include "engine/service/log_file.hpp"

#include "engine/error.hpp"
#include "engine/lab_files.hpp"
#include "engine/rundir.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nsbuild::engine {
namespace {

constexpr std::uint64_t block = 65536;

struct stat status_of(const Fd& file) {
  struct stat status {};
  if (file && ::fstat(file.get(), &status) != 0) throw SysError("stat log");
  return status;
}

std::uint64_t size_of(const Fd& file) { return static_cast<std::uint64_t>(status_of(file).st_size); }

std::size_t read_at(const Fd& file, std::uint64_t from, char* to, std::size_t size) {
  const ssize_t came = file ? ::pread(file.get(), to, size, static_cast<off_t>(from)) : 0;
  return came > 0 ? static_cast<std::size_t>(came) : 0;
}

Fd open_file(const Fd& directory, const std::string& name) {
  Fd file(::openat(directory.get(), name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file && errno != ENOENT) throw SysError("open log " + name);
  return file;
}

/// Of the file that has this name now; 0 when there is none.
std::uint64_t inode_at(const Fd& directory, const std::string& name) {
  struct stat status {};
  return ::fstatat(directory.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 ? status.st_ino : 0;
}

/// Behind the end of line number `count` before `to`, counted backwards and from 0; `from` when there are not so many.
std::uint64_t lines_back(const Log& log, std::uint64_t from, std::uint64_t to, std::size_t count) {
  while (to > from) {
    const std::uint64_t start = to - from > block ? to - block : from;
    const std::string text = log.read(start, to);
    for (std::size_t at = text.size(); at-- > 0;)
      if (text[at] == '\n' && count-- == 0) return start + at + 1;
    to = start;
  }
  return from;
}

}  // namespace

Fd open_log_directory(const std::string& lab) {
  const std::string path = log_dir(lab);
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) throw SysError("mkdir " + path);
  Fd directory = open_in_lab(lab, log_directory, O_PATH | O_DIRECTORY);
  if (!directory) throw_unopened(lab, log_directory);
  return directory;
}

Log::Log(Fd older, Fd newer)
    : older_(std::move(older)),
      newer_(std::move(newer)),
      older_inode_(status_of(older_).st_ino),
      newer_inode_(status_of(newer_).st_ino),
      older_size_(size_of(older_)) {}

std::uint64_t Log::size() const { return older_size_ + size_of(newer_); }

std::string Log::read(std::uint64_t from, std::uint64_t to) const {
  std::string text(to > from ? std::min(to - from, block) : 0, '\0');
  const std::size_t of_older = from < older_size_ ? std::min<std::uint64_t>(text.size(), older_size_ - from) : 0;
  const std::size_t have = of_older == 0 ? 0 : read_at(older_, from, text.data(), of_older);
  const std::size_t more =
      have < of_older ? 0 : read_at(newer_, from + have - older_size_, text.data() + have, text.size() - have);
  text.resize(have + more);
  return text;
}

std::uint64_t Log::position(const init::LogPlace& place) const {
  if (place.inode == 0) return 0;
  if (place.inode == older_inode_) return std::min(place.offset, older_size_);
  if (place.inode != newer_inode_) return 0;
  return older_size_ + (place.offset <= size_of(newer_) ? place.offset : 0);
}

init::LogPlace Log::place(std::uint64_t position) const {
  if (position < older_size_ || !newer_) return {older_inode_, position};
  return {newer_inode_, position - older_size_};
}

bool Log::is_same(const Log& other) const {
  return older_inode_ == other.older_inode_ && newer_inode_ == other.newer_inode_;
}

bool Log::has_lost_end_of(const Log& before) const {
  return !newer_ && before.newer_ && older_inode_ == before.older_inode_;
}

/// Which file comes before the newer one is only known while that has its name. For a moment between two of them there
/// is none; nothing is written then (engine/init/log_file.cpp).
std::optional<Log> open_log(const Fd& directory, const std::string& service) {
  for (;;) {
    Fd newer = open_file(directory, service);
    Fd older = open_file(directory, service + init::older_log_suffix);
    if (inode_at(directory, service) != status_of(newer).st_ino) continue;
    if (!newer && !older) return std::nullopt;
    return Log(std::move(older), std::move(newer));
  }
}

std::optional<Log> open_log(const std::string& lab, const std::string& service) {
  const Fd directory = open_in_lab(lab, log_directory, O_PATH | O_DIRECTORY);
  if (!directory && errno != ENOENT) throw_unopened(lab, log_directory);
  return directory ? open_log(directory, service) : std::nullopt;
}

std::uint64_t last_lines(const Log& log, std::uint64_t from, std::size_t lines) {
  const std::uint64_t end = log.size();
  if (lines == 0 || end <= from) return end;
  const bool is_whole = log.read(end - 1) == "\n";
  return lines_back(log, from, end, is_whole ? lines : lines - 1);
}

std::uint64_t lines_since(const Log& log, const std::vector<init::LogTime>& times, WallTime since) {
  const auto wanted = std::chrono::duration_cast<std::chrono::nanoseconds>(since.time_since_epoch()).count();
  std::uint64_t found = 0;
  for (const init::LogTime& time : times)
    if (time.at <= wanted) found = std::max(found, log.position(time.place));
  return lines_back(log, 0, found, 0);  // the line that was being written then belongs to what came after
}

}  // namespace nsbuild::engine
