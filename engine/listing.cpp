#include "engine/listing.hpp"

#include "engine/error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nsbuild::engine {

namespace {

std::optional<struct stat> look(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) == 0) return info;
  if (is_absence(errno)) return std::nullopt;
  throw SysError("look at " + path);
}

}  // namespace

bool is_absence(int error) { return error == ENOENT || error == ENOTDIR || error == ENAMETOOLONG || error == ESRCH; }

bool is_scarcity(int error) { return error == EMFILE || error == ENFILE || error == ENOMEM; }

bool is_there(const std::string& path) { return look(path).has_value(); }

bool is_directory(const std::string& path) {
  const std::optional<struct stat> info = look(path);
  return info && S_ISDIR(info->st_mode);
}

std::string text_of_proc(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd && is_scarcity(errno)) throw SysError("open " + path);
  std::string text;
  std::array<char, 4096> block{};
  ssize_t size = 0;
  while (fd && (size = ::read(fd.get(), block.data(), block.size())) > 0)
    text.append(block.data(), static_cast<std::size_t>(size));
  if (size < 0 && is_scarcity(errno)) throw SysError("read " + path);
  return text;
}

std::string link_of_proc(const std::string& path) {
  std::array<char, PATH_MAX> text;
  const ssize_t size = ::readlink(path.c_str(), text.data(), text.size());
  if (size < 0 && is_scarcity(errno)) throw SysError("read the link " + path);
  return {text.data(), static_cast<std::size_t>(std::max(size, ssize_t{0}))};
}

std::vector<std::string> names_in(const std::string& directory) {
  Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd && is_absence(errno)) return {};
  if (!fd) throw SysError("open " + directory);
  return names_in(std::move(fd), directory);
}

std::vector<std::string> names_in(Fd directory, const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(directory.get()), ::closedir);
  if (!stream && is_absence(errno)) return {};  // a process that has just ended
  if (!stream) throw SysError("read " + path);
  (void)directory.release();
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0 && !is_absence(errno)) throw SysError("read " + path);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace nsbuild::engine
