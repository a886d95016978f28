// The /etc/hosts and resolv.conf that services see: files in the lab's directory, always the same inodes, because they
// are bind-mounted into services that run.
#include "engine/error.hpp"
#include "engine/kinds/kinds.hpp"
#include "engine/rundir.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nsbuild::engine {

namespace {

using planner::Hosts;

/// The new bytes first, then the length: a reader never sees an empty file.
void rewrite(const std::string& path, const std::string& text) {
  const std::string directory = std::filesystem::path(path).parent_path();
  if (::mkdir(directory.c_str(), 0755) != 0 && errno != EEXIST) throw SysError("mkdir " + directory);
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  if (!fd) throw SysError("open " + path);
  // Whatever the umask is: a service's user has to read it.
  if (::fchmod(fd.get(), 0644) != 0) throw SysError("chmod " + path);
  const auto size = static_cast<ssize_t>(text.size());
  if (::pwrite(fd.get(), text.data(), text.size(), 0) != size) throw SysError("write " + path);
  if (::ftruncate(fd.get(), size) != 0) throw SysError("truncate " + path);
}

void remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) throw SysError("unlink " + path);
}

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Either file may be there without the other after a crash.
std::set<std::string> names_in(const std::string& lab) {
  std::set<std::string> names;
  std::error_code missing;
  for (const std::string& path : {hosts_path(lab, ""), resolv_path(lab, "")})
    for (const auto& entry : std::filesystem::directory_iterator(path, missing))
      names.insert(entry.path().filename().string());
  return names;
}

}  // namespace

void change(Machine& machine, const Change<Hosts>& change) {
  const Hosts& any = change.after != nullptr ? *change.after : *change.before;
  const std::string hosts = hosts_path(machine.lab(), any.file_name());
  const std::string resolv = resolv_path(machine.lab(), any.file_name());
  if (change.after == nullptr)
    remove(hosts);
  else
    rewrite(hosts, change.after->content);
  if (change.after == nullptr || change.after->resolv_conf.empty())
    remove(resolv);
  else
    rewrite(resolv, change.after->resolv_conf);
}

void see_hosts(const std::string& lab, planner::State& state) {
  for (const std::string& name : names_in(lab)) {
    Hosts seen = Hosts::of_file_name(name);
    seen.content = text_of(hosts_path(lab, name));
    seen.resolv_conf = text_of(resolv_path(lab, name));
    planner::put(state, std::move(seen));
  }
}

}  // namespace nsbuild::engine
