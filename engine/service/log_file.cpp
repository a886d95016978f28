#include "engine/service/log_file.hpp"

#include "engine/error.hpp"
#include "engine/rundir.hpp"

#include <algorithm>
#include <cerrno>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nsbuild::engine {
namespace {

constexpr std::uint64_t block = 65536;

std::uint64_t size_of(const Fd& file) {
  struct stat status {};
  return ::fstat(file.get(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

/// The bytes from `from` to `to`, at most a block of them.
std::string read_at(const Fd& file, std::uint64_t from, std::uint64_t to) {
  std::string text(std::min(to - from, block), '\0');
  const ssize_t size = ::pread(file.get(), text.data(), text.size(), static_cast<off_t>(from));
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return text;
}

/// Where data begins behind holes; the file's end when there is none (lseek(2), SEEK_DATA).
std::uint64_t first_data(const Fd& file) {
  const off_t at = ::lseek(file.get(), 0, SEEK_DATA);
  return at >= 0 ? static_cast<std::uint64_t>(at) : size_of(file);
}

/// Behind the first end of line from there on; the end when there is none.
std::uint64_t next_line(const Fd& log, std::uint64_t from) {
  const std::uint64_t end = size_of(log);
  while (from < end) {
    const std::string text = read_at(log, from, end);
    if (text.empty()) break;
    if (const std::size_t at = text.find('\n'); at != std::string::npos) return from + at + 1;
    from += text.size();
  }
  return end;
}

/// Behind the end of line number `count` before `to`, counted backwards; `from` when there are not so many.
std::uint64_t lines_back(const Fd& log, std::uint64_t from, std::uint64_t to, std::size_t count) {
  while (to > from) {
    const std::uint64_t start = to - from > block ? to - block : from;
    const std::string text = read_at(log, start, to);
    for (std::size_t at = text.size(); at-- > 0;)
      if (text[at] == '\n' && count-- == 0) return start + at + 1;
    to = start;
  }
  return from;
}

}  // namespace

/// Writable for every user: a command that runs as one may open its own /dev/stdout. The directory lets nobody in.
Fd open_log(const std::string& lab, const std::string& service) {
  const std::string directory = lab_dir(lab) + "/log";
  if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) throw SysError("mkdir " + directory);
  const std::string path = log_path(lab, service);
  Fd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd || fchmod(fd.get(), 0666) != 0) throw SysError("open " + path);
  return fd;
}

std::uint64_t first_line(const Fd& log) {
  const std::uint64_t data = first_data(log);
  return data == 0 ? 0 : next_line(log, data);
}

std::uint64_t last_lines(const Fd& log, std::uint64_t from, std::size_t lines) {
  const std::uint64_t end = size_of(log);
  if (lines == 0 || end <= from) return end;
  const bool is_whole = read_at(log, end - 1, end) == "\n";
  return lines_back(log, from, end, is_whole ? lines : lines - 1);
}

std::uint64_t lines_since(const Fd& log, const std::vector<init::LogTime>& times, std::uint64_t from, WallTime since) {
  const auto wanted = std::chrono::duration_cast<std::chrono::nanoseconds>(since.time_since_epoch()).count();
  std::uint64_t found = from;
  for (const init::LogTime& time : times)
    if (time.at <= wanted) found = std::max(found, time.size);
  // The line that was being written then belongs to what came after.
  return found > from ? lines_back(log, from, std::min(found, size_of(log)), 0) : from;
}

}  // namespace nsbuild::engine
