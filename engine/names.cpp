#include "engine/names.hpp"

#include "engine/error.hpp"
#include "engine/fd.hpp"
#include "engine/lab_files.hpp"
#include "engine/record_file.hpp"
#include "engine/rundir.hpp"
#include "netgraph/host_table.hpp"

#include <cstdio>
#include <cstdlib>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nsbuild::engine {
namespace {

std::string read_table(const std::string& lab) { return read_in_lab(lab, names_file).value_or(""); }

}  // namespace

void keep_names(const std::string& lab, const std::string& table) {
  if (read_table(lab) != table) replace_in_lab(lab, names_file, table);
}

VisitorsHosts::VisitorsHosts(const std::string& lab, const std::string& place) : path_(hosts_path(lab, place)) {
  const std::string table = read_table(lab);
  if (!table.starts_with("place ")) return;
  if (!open_in_lab(lab, "", O_PATH | O_DIRECTORY)) throw_unopened(lab, "");
  path_ = lab_dir(lab) + '/' + visitor_prefix + std::to_string(::getpid()) + "-XXXXXX";
  says_hosts_ = netgraph::says_hosts(table, place);
  const Fd fd(::mkostemp(path_.data(), O_CLOEXEC));
  if (!fd) throw SysError("make " + path_);
  is_own_ = true;
  write_whole(fd, netgraph::hosts_file_of(table, place), path_);
  if (::fchmod(fd.get(), 0644) != 0) throw SysError("chmod " + path_);
}

VisitorsHosts::~VisitorsHosts() {
  if (is_own_) ::unlink(path_.c_str());
}

}  // namespace nsbuild::engine
