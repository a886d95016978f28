#include "specs/read_file.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nsbuild::specs {
namespace {

std::string too_large(std::size_t most) { return fmt::format("larger than {} MiB", most >> 20U); }

FileText read_all(int fd, std::size_t most) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return {{}, std::strerror(errno)};
  if (S_ISDIR(status.st_mode)) return {{}, "it is a directory"};
  if (S_ISREG(status.st_mode) && static_cast<std::size_t>(status.st_size) > most) return {{}, too_large(most)};
  FileText result;
  // Not into a buffer of this function: files that include each other are read from within each other.
  constexpr std::size_t step = 65536;
  for (std::size_t size = 0;;) {
    result.text.resize(size + step);
    const ssize_t got = ::read(fd, result.text.data() + size, step);
    if (got < 0 && errno != EINTR) return {{}, std::strerror(errno)};
    if (got > 0) size += static_cast<std::size_t>(got);
    result.text.resize(size);
    if (got == 0) return result;
    if (size > most) return {{}, too_large(most)};
  }
}

}  // namespace

FileText read_whole_file(const std::string& path, std::size_t most) {
  if (path == "-") return read_all(STDIN_FILENO, most);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {{}, std::strerror(errno)};
  FileText result = read_all(fd, most);
  ::close(fd);
  return result;
}

FileText read_regular_file(const std::string& path, std::size_t most) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {{}, std::strerror(errno)};
  if (S_ISDIR(status.st_mode)) return {{}, "it is a directory"};
  if (!S_ISREG(status.st_mode)) return {{}, "it is not a regular file"};
  return read_whole_file(path == "-" ? "./-" : path, most);
}

}  // namespace nsbuild::specs
