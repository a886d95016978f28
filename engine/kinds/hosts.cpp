// The /etc/hosts that services of a namespace see: one file in the lab's directory, always the same inode, because it
// is bind-mounted into services that run.
#include "engine/error.hpp"
#include "engine/kinds/kinds.hpp"
#include "engine/rundir.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nsbuild::engine {

namespace {

using planner::Hosts;

std::string directory_of(const std::string& lab) { return lab_dir(lab) + "/hosts"; }

/// The new bytes first, then the length: a reader never sees an empty file.
void rewrite(const std::string& lab, const Hosts& hosts) {
  const std::string directory = directory_of(lab), path = hosts_path(lab, hosts.place);
  if (::mkdir(directory.c_str(), 0755) != 0 && errno != EEXIST) throw SysError("mkdir " + directory);
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  if (!fd) throw SysError("open " + path);
  // Whatever the umask is: a service's user has to read it.
  if (::fchmod(fd.get(), 0644) != 0) throw SysError("chmod " + path);
  const auto size = static_cast<ssize_t>(hosts.content.size());
  if (::pwrite(fd.get(), hosts.content.data(), hosts.content.size(), 0) != size) throw SysError("write " + path);
  if (::ftruncate(fd.get(), size) != 0) throw SysError("truncate " + path);
}

}  // namespace

void change(Machine& machine, const Change<Hosts>& change) {
  if (change.after != nullptr) return rewrite(machine.lab(), *change.after);
  const std::string path = hosts_path(machine.lab(), change.before->place);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) throw SysError("unlink " + path);
}

void see_hosts(const std::string& lab, planner::State& state) {
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(directory_of(lab), missing)) {
    std::ifstream file(entry.path(), std::ios::binary);
    std::string content{std::istreambuf_iterator<char>(file), {}};
    planner::put(state, Hosts{.place = entry.path().filename().string(), .content = std::move(content)});
  }
}

}  // namespace nsbuild::engine
