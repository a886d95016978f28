// The /etc/hosts and resolv.conf that services see: files in the lab's directory, always the same inodes, because they
// are bind-mounted into services that run.
#include "engine/error.hpp"
#include "engine/kinds/kinds.hpp"
#include "engine/lab_files.hpp"
#include "engine/rundir.hpp"

#include <algorithm>
#include <set>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nsbuild::engine {

namespace {

using planner::Hosts;

/// The new bytes first, then the length: a reader never sees an empty file.
void rewrite(const std::string& lab, const std::string& directory, const std::string& name, const std::string& text) {
  make_dir_in_lab(lab, directory);
  const std::string file = directory + '/' + name, path = lab_dir(lab) + '/' + file;
  const Fd fd = open_in_lab(lab, file, O_WRONLY | O_CREAT, 0644);
  if (!fd) throw_unopened(lab, file);
  // Whatever the umask is: a service's user has to read it.
  if (::fchmod(fd.get(), 0644) != 0) throw SysError("chmod " + path);
  const auto size = static_cast<ssize_t>(text.size());
  if (::pwrite(fd.get(), text.data(), text.size(), 0) != size) throw SysError("write " + path);
  if (::ftruncate(fd.get(), size) != 0) throw SysError("truncate " + path);
}

/// Either file may be there without the other after a crash.
std::set<std::string> names_in(const std::string& lab) {
  std::set<std::string> names;
  for (const char* directory : {hosts_directory, resolver_directory})
    for (const std::string& name : names_in_lab(lab, directory)) names.insert(name);
  return names;
}

}  // namespace

void change(Machine& machine, const Change<Hosts>& change) {
  const Hosts& any = change.after != nullptr ? *change.after : *change.before;
  const std::string &lab = machine.lab(), name = any.file_name();
  if (change.after == nullptr)
    remove_in_lab(lab, hosts_directory, name);
  else
    rewrite(lab, hosts_directory, name, change.after->content.value_or("").str());
  if (change.after == nullptr || change.after->resolv_conf.empty())
    remove_in_lab(lab, resolver_directory, name);
  else
    rewrite(lab, resolver_directory, name, change.after->resolv_conf);
}

/// A removal needs no more than the names.
void see_hosts(const std::string& lab, Scope::Depth depth, planner::State& state) {
  for (const std::string& name : names_in(lab)) {
    Hosts seen = Hosts::of_file_name(name);
    if (depth == Scope::Depth::everything) {
      seen.content = read_in_lab(lab, std::string(hosts_directory) + '/' + name).value_or("");
      seen.resolv_conf = read_in_lab(lab, std::string(resolver_directory) + '/' + name).value_or("");
    }
    planner::put(state, std::move(seen));
  }
}

}  // namespace nsbuild::engine
