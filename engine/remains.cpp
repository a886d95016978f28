#include "engine/remains.hpp"

#include "engine/error.hpp"
#include "engine/linux/devices.hpp"
#include "engine/linux/netns.hpp"
#include "engine/place.hpp"
#include "engine/service/find.hpp"
#include "planner/words.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace nsbuild::engine {

namespace {

std::string command_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/cmdline", std::ios::binary);
  std::string command(4096, '\0');
  file.read(command.data(), static_cast<std::streamsize>(command.size()));  // of one that is ending: ESRCH
  command.resize(static_cast<std::size_t>(file.gcount()));
  while (!command.empty() && command.back() == '\0') command.pop_back();
  std::replace(command.begin(), command.end(), '\0', ' ');
  return command.empty() ? "?" : planner::elided(command);
}

std::vector<pid_t> processes() {
  std::vector<pid_t> all;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename().string();
    pid_t pid = 0;
    const auto [end, bad] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (bad == std::errc{} && end == name.data() + name.size()) all.push_back(pid);
  }
  std::sort(all.begin(), all.end());
  return all;
}

/// The namespaces that any thread of the process is in (setns(2) moves threads), each with a path to it.
std::map<ino_t, std::string> namespaces_of(pid_t pid) {
  std::map<ino_t, std::string> paths;
  std::error_code error;
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task", error)) {
    const std::string path = task.path() / "ns/net";
    struct stat info {};
    if (::stat(path.c_str(), &info) == 0) paths.emplace(info.st_ino, path);
  }
  return paths;
}

/// The lab whose mark the `lo` of a namespace carries; none when it has none, or the namespace is gone by now.
std::optional<std::string> lab_of(const std::string& path, const Fd& home) {
  const Fd netns(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!netns) return std::nullopt;
  const Inside inside(netns, home);
  Netlink socket;
  Devices devices;
  devices.load_loopback(socket);
  for (const LinkMessage& link : devices.links())
    if (link.name == "lo") return marked_lab(link.alias.value_or(""));
  return std::nullopt;
}

}  // namespace

std::map<ino_t, std::string> inhabited_namespaces(const std::string& lab) {
  std::map<ino_t, std::string> words;  // "" is none of the lab's
  const Fd home(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
  words[netns_inode(home)] = "";
  const std::vector<pid_t> all = processes();
  for (const pid_t pid : all)
    if (is_anothers_init(pid))  // the lab of that name in a container
      for (const auto& [inode, path] : namespaces_of(pid)) words.try_emplace(inode);
  for (const pid_t pid : all)
    for (const auto& [inode, path] : namespaces_of(pid)) {
      const auto [known, is_new] = words.try_emplace(inode);
      if (is_new && lab_of(path, home) == lab) known->second = "a namespace of an earlier destroy";
    }
  std::erase_if(words, [](const auto& entry) { return entry.second.empty(); });
  return words;
}

std::vector<std::string> holders_of(const std::map<ino_t, std::string>& namespaces) {
  std::vector<std::string> lines;
  for (const pid_t pid : processes())
    for (const auto& [inode, path] : namespaces_of(pid))
      if (const auto held = namespaces.find(inode); held != namespaces.end())
        lines.push_back(held->second + ": held by pid " + std::to_string(pid) + " (" + command_of(pid) + ")");
  return lines;
}

void remove_stale_pins(const std::string& lab, const std::set<std::string>& names) {
  for (const std::string& name : pinned(lab)) {
    const std::string pin = pin_path(Place{lab, name});
    struct statfs system {};
    if (!names.contains(name) || ::statfs(pin.c_str(), &system) != 0 || system.f_type == NSFS_MAGIC) continue;
    if (::unlink(pin.c_str()) != 0 && errno != ENOENT) throw SysError("unlink " + pin);
  }
}

}  // namespace nsbuild::engine
