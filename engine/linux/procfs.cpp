#include "engine/linux/procfs.hpp"

#include "engine/error.hpp"
#include "engine/linux/netns.hpp"
#include "engine/listing.hpp"

#include <array>
#include <cstdlib>
#include <sstream>

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

namespace nsbuild::engine {

namespace {

constexpr int namespaces_per_instance = 32;

/// "net.ipv4.conf.eth0/1.mtu" is /proc/sys/net/ipv4/conf/eth0.1/mtu, as sysctl(8) has it.
std::string path_of(std::string key) {
  for (char& c : key) c = c == '.' ? '/' : c == '/' ? '.' : c;
  return "sys/" + key;
}

std::optional<std::string> contents(const Fd& fd) {
  std::array<char, 4096> buffer;  // one page: what proc_sys hands out at most
  const ssize_t got = ::pread(fd.get(), buffer.data(), buffer.size(), 0);
  if (got < 0) return std::nullopt;
  std::string text(buffer.data(), static_cast<std::size_t>(got));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\0')) text.pop_back();
  return text;
}

void put(const Fd& fd, const std::string& value) {
  if (::pwrite(fd.get(), value.data(), value.size(), 0) < 0) throw SysError("write \"" + value + "\"");
  // A key that can only be written (net.ipv4.route.flush) has nothing to read back.
  if (const auto now = contents(fd); now && !same_setting(*now, value))
    throw Error("the kernel keeps \"" + *now + "\" instead of \"" + value + "\"");
}

std::optional<long long> number(const std::string& word) {
  char* end = nullptr;
  errno = 0;
  const long long value = std::strtoll(word.c_str(), &end, 0);
  return errno == 0 && end != word.c_str() && *end == '\0' ? std::optional(value) : std::nullopt;
}

}  // namespace

void Procfs::renew() {
  root_.reset();
  const Fd system(::fsopen("proc", FSOPEN_CLOEXEC));
  if (system && ::fsconfig(system.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) == 0)
    root_ = Fd(::fsmount(system.get(), FSMOUNT_CLOEXEC, 0));
  if (!root_) {
    fallback_ = !is_scarcity(errno);
    root_ = Fd(::open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC));
  }
  if (!root_) throw SysError("open /proc");
  namespaces_ = 0;
}

Fd Procfs::open(ino_t inode, const std::string& key, int flags) {
  if (inode != last_ && ++namespaces_ > namespaces_per_instance && !fallback_) root_.reset();
  last_ = inode;
  if (!root_) renew();
  return Fd(::openat(root_.get(), path_of(key).c_str(), flags | O_CLOEXEC));
}

std::optional<std::string> Procfs::read(const OpenPlace& place, const Fd& home, const std::string& key) {
  const Inside inside(place.netns, place.name, home);
  return read_here(place.inode, key);
}

std::optional<std::string> Procfs::read_here(ino_t inode, const std::string& key) {
  const Fd fd = open(inode, key, O_RDONLY);
  if (!fd && (errno == ENOENT || errno == EACCES)) return std::nullopt;
  if (!fd) throw SysError("open " + path_of(key));
  return contents(fd);
}

void Procfs::write(const OpenPlace& place, const Fd& home, const std::string& key, const std::string& value) {
  const Inside inside(place.netns, place.name, home);
  write_here(place.inode, key, value);
}

void Procfs::write_here(ino_t inode, const std::string& key, const std::string& value) {
  Fd fd = open(inode, key, O_RDWR);
  if (!fd && errno == EACCES) fd = open(inode, key, O_WRONLY);
  if (!fd) throw SysError("open /proc/" + path_of(key));
  put(fd, value);
}

bool same_setting(const std::string& a, const std::string& b) {
  std::istringstream left(a), right(b);
  std::string x, y;
  for (;;) {
    const bool more = static_cast<bool>(left >> x);
    if (more != static_cast<bool>(right >> y)) return false;
    if (!more) return true;
    if (x != y && (!number(x) || number(x) != number(y))) return false;
  }
}

}  // namespace nsbuild::engine
