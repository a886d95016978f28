#include "engine/remains.hpp"

#include "engine/error.hpp"
#include "engine/service/services.hpp"
#include "engine/survey.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

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
  return command.empty() ? "?" : command;
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

/// The namespaces that any thread of the process is in: setns(2) moves threads.
std::set<ino_t> namespaces_of(pid_t pid) {
  std::set<ino_t> inodes;
  std::error_code error;
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task", error)) {
    struct stat info {};
    if (::stat((task.path() / "ns/net").c_str(), &info) == 0) inodes.insert(info.st_ino);
  }
  return inodes;
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

std::vector<std::string> holders_of(const std::map<ino_t, std::string>& namespaces) {
  std::vector<std::string> lines;
  if (namespaces.empty()) return lines;
  for (const pid_t pid : processes()) {
    if (pid == ::getpid()) continue;
    for (const ino_t inode : namespaces_of(pid))
      if (const auto held = namespaces.find(inode); held != namespaces.end())
        lines.push_back("namespace " + held->second + ": held by pid " + std::to_string(pid) + " (" + command_of(pid) +
                        ")");
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
