#include "specs/read_file.hpp"

#include <array>
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
  std::array<char, 65536> buffer;
  while (true) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got == 0) return result;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return {{}, std::strerror(errno)};
    result.text.append(buffer.data(), static_cast<std::size_t>(got));
    if (result.text.size() > most) return {{}, too_large(most)};
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
