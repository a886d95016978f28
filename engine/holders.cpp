#include "engine/holders.hpp"

#include "engine/error.hpp"
#include "engine/listing.hpp"
#include "engine/place.hpp"
#include "planner/words.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

namespace nsbuild::engine {

namespace {

constexpr std::string_view link_start = "net:[";
/// Of /proc/<pid>/task: its own two, and one for each thread (proc_task_getattr() in fs/proc/base.c). Reading the
/// directory takes twice as long.
constexpr nlink_t links_of_one_task = 3;

std::string proc(pid_t pid, const char* name) { return "/proc/" + std::to_string(pid) + '/' + name; }

/// "net:[4026531840]", as /proc and mountinfo call it; 0 for anything else.
ino_t inode_in(const std::string& text) {
  if (!text.starts_with(link_start)) return 0;
  return std::strtoull(text.c_str() + link_start.size(), nullptr, 10);
}

ino_t inode_of(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? info.st_ino : 0;
}

/// Of a process that is ending, or that may not be looked into, none. Throws SysError.
std::vector<std::string> names_of_process(const std::string& directory) {
  Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd && is_scarcity(errno)) throw SysError("open " + directory);
  return fd ? names_in(std::move(fd), directory) : std::vector<std::string>();
}

/// Blanks and the like are three octal digits in mountinfo.
std::string unescaped(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escaped = text[i] == '\\' && i + 3 < text.size();
    plain += escaped ? static_cast<char>(std::strtol(text.substr(i + 1, 3).c_str(), nullptr, 8)) : text[i];
    if (escaped) i += 3;
  }
  return plain;
}

/// In clock ticks since the boot (proc(5), stat); the command before it may hold anything, a bracket last of all.
std::string start_time_of(pid_t pid) {
  const std::string line = text_of_proc(proc(pid, "stat"));
  std::istringstream words(line.substr(std::min(line.size(), line.rfind(')') + 1)));
  std::string word;
  for (int field = 3; field <= 22; ++field) words >> word;
  return word;
}

}  // namespace

std::vector<pid_t> processes() {
  std::vector<pid_t> all;
  for (const std::string& name : names_in("/proc")) {
    pid_t pid = 0;
    const auto [end, bad] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (bad == std::errc{} && end == name.data() + name.size()) all.push_back(pid);
  }
  if (all.empty()) throw Error("/proc shows no process");
  std::sort(all.begin(), all.end());
  return all;
}

std::string process_words(pid_t pid) {
  std::ifstream file(proc(pid, "cmdline"), std::ios::binary);
  std::string command(4096, '\0');
  file.read(command.data(), static_cast<std::streamsize>(command.size()));  // of one that is ending: ESRCH
  command.resize(static_cast<std::size_t>(file.gcount()));
  while (!command.empty() && (command.back() == '\0' || command.back() == ' ')) command.pop_back();
  std::replace(command.begin(), command.end(), '\0', ' ');
  return "pid " + std::to_string(pid) + " (" + (command.empty() ? "?" : planner::elided(command)) + ")";
}

bool is_passing(pid_t pid) {
  struct stat own {
  }, theirs{};
  if (::stat(proc(pid, "exe").c_str(), &theirs) != 0) return true;  // its memory is gone already
  return ::stat("/proc/self/exe", &own) == 0 && own.st_ino == theirs.st_ino && own.st_dev == theirs.st_dev;
}

std::string process_identity(pid_t pid) {
  const std::string start = start_time_of(pid);
  if (start.empty()) return "";
  return std::to_string(pid) + ' ' + start + ' ' + std::to_string(inode_of("/proc/self/ns/pid"));
}

bool has_ended(const std::string& identity) {
  std::istringstream words(identity);
  pid_t pid = 0;
  std::string start;
  ino_t among = 0;
  if (!(words >> pid >> start >> among) || among != inode_of("/proc/self/ns/pid")) return false;
  return process_identity(pid) != identity;
}

NamespacePaths namespaces_of(pid_t pid) {
  NamespacePaths paths;
  const std::string tasks = proc(pid, "task/");
  struct stat threads {};
  if (::stat(tasks.c_str(), &threads) == 0 && threads.st_nlink == links_of_one_task) {
    const std::string path = proc(pid, "ns/net");
    if (const ino_t inode = inode_of(path); inode != 0) paths.emplace(inode, path);
    return paths;
  }
  for (const std::string& task : names_of_process(tasks)) {
    const std::string path = tasks + task + "/ns/net";
    if (const ino_t inode = inode_of(path); inode != 0) paths.emplace(inode, path);
  }
  return paths;
}

Fd open_namespace(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd && is_scarcity(errno)) throw SysError("open " + path);
  return fd;
}

/// All kinds of namespaces are files of one file system; what they are called depends on how they were opened.
NamespacePaths namespaces_open_in(pid_t pid) {
  NamespacePaths paths;
  struct stat own {
  }, info{};
  if (::stat("/proc/self/ns/net", &own) != 0) return paths;
  const std::string descriptors = proc(pid, "fd/");
  for (const std::string& number : names_of_process(descriptors)) {
    const std::string path = descriptors + number;
    if (::stat(path.c_str(), &info) != 0 || info.st_dev != own.st_dev) continue;
    const Fd fd = open_namespace(path);
    if (fd && ::ioctl(fd.get(), NS_GET_NSTYPE) == CLONE_NEWNET) paths.emplace(info.st_ino, path);
  }
  return paths;
}

/// The fourth field is the root of the mount, which nsfs calls as /proc does; the fifth the mount point.
std::vector<NamespaceMount> namespace_mounts() {
  std::vector<NamespaceMount> mounts;
  std::istringstream file(text_of_proc("/proc/thread-self/mountinfo"));
  for (std::string line; std::getline(file, line);) {
    if (line.find(link_start) == std::string::npos) continue;
    std::istringstream words(line);
    std::string skipped, root, point;
    words >> skipped >> skipped >> skipped >> root >> point;
    if (const ino_t inode = inode_in(root); inode != 0) mounts.push_back({inode, unescaped(point)});
  }
  return mounts;
}

bool is_pinned_for(pid_t pid, ino_t inode) {
  const std::string directory = proc(pid, "root") + pin_directory();
  if (inode_of(directory) == inode_of(pin_directory())) return false;
  const std::vector<std::string> names = names_of_process(directory);
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return inode_of(directory + '/' + name) == inode; });
}

}  // namespace nsbuild::engine
