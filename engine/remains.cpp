#include "engine/remains.hpp"

#include "engine/error.hpp"
#include "engine/linux/devices.hpp"
#include "engine/linux/netns.hpp"
#include "engine/place.hpp"
#include "engine/service/services.hpp"
#include "engine/survey.hpp"
#include "planner/words.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace nsbuild::engine {

namespace {

std::string command_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/cmdline", std::ios::binary);
  std::string command{std::istreambuf_iterator<char>(file), {}};
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
  devices.load(socket);
  for (const LinkMessage& link : devices.links())
    if (link.name == "lo") return marked_lab(link.alias.value_or(""));
  return std::nullopt;
}

}  // namespace

std::map<ino_t, std::string> namespace_inodes(const std::string& lab) {
  std::map<ino_t, std::string> inodes;
  Machine machine(lab);
  for (const OpenPlace* place : own_places(machine, read_journal(lab).value_or(Journal{})))
    inodes[place->inode] = place->name;
  return inodes;
}

std::vector<std::string> remains_of(const std::string& lab) {
  std::vector<std::string> lines;
  Machine machine(lab);
  const Journal journal = read_journal(lab).value_or(Journal{});
  for (const OpenPlace* place : own_places(machine, journal))
    lines.push_back("namespace " + place->name + ": " + pin_path(Place{lab, place->name}));
  OpenPlace& host = machine.places.at("host");
  host.devices.load(*host.socket);
  for (const std::uint32_t index : own_host_devices(host, lab, journal))
    lines.push_back("device " + host.devices.name(index) + " on the host");
  for (const RunningService& service : find_services(lab))
    lines.push_back("service " + service.spec.name + ": pid " + std::to_string(service.init));
  return lines;
}

std::vector<std::string> holders_of(const std::string& lab, const std::map<ino_t, std::string>& namespaces) {
  std::vector<std::string> lines;
  std::map<ino_t, std::string> words;  // what a namespace is called when somebody holds it; "" is none of ours
  for (const auto& [inode, name] : namespaces) words[inode] = "namespace " + name;
  const Fd home(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
  words[netns_inode(home)] = "";
  for (const pid_t pid : processes())
    for (const auto& [inode, path] : namespaces_of(pid)) {
      const auto [held, is_new] = words.try_emplace(inode);
      if (is_new && lab_of(path, home) == lab) held->second = "a namespace of an earlier destroy";
      if (!held->second.empty())
        lines.push_back(held->second + ": held by pid " + std::to_string(pid) + " (" + command_of(pid) + ")");
    }
  return lines;
}

void remove_stale_pins(const std::string& lab, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const std::string pin = pin_path(Place{lab, name});
    struct statfs system {};
    if (::statfs(pin.c_str(), &system) != 0 || system.f_type == NSFS_MAGIC) continue;
    if (::unlink(pin.c_str()) != 0 && errno != ENOENT) throw SysError("unlink " + pin);
  }
}

}  // namespace nsbuild::engine
