#include "engine/names.hpp"

#include "engine/error.hpp"
#include "engine/fd.hpp"
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

std::string path_of(const std::string& lab) { return lab_dir(lab) + "/names"; }

std::string read_table(const std::string& lab) {
  const Fd file(::open(path_of(lab).c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  std::string text;
  if (file && ::fstat(file.get(), &status) == 0) text.resize(static_cast<std::size_t>(status.st_size));
  const ssize_t size = text.empty() ? 0 : ::read(file.get(), text.data(), text.size());
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return text;
}

void write_all(const Fd& fd, const std::string& text, const std::string& path) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t wrote = ::write(fd.get(), text.data() + done, text.size() - done);
    if (wrote < 0) throw SysError("write " + path);
    done += static_cast<std::size_t>(wrote);
  }
}

}  // namespace

void keep_names(const std::string& lab, const std::string& table) {
  if (read_table(lab) == table) return;
  replace_file(path_of(lab), table);
}

VisitorsHosts::VisitorsHosts(const std::string& lab, const std::string& place) : path_(hosts_path(lab, place)) {
  const std::string table = read_table(lab);
  if (!table.starts_with("place ")) return;
  path_ = lab_dir(lab) + "/visitor-XXXXXX";
  says_hosts_ = netgraph::says_hosts(table, place);
  const Fd fd(::mkostemp(path_.data(), O_CLOEXEC));
  if (!fd) throw SysError("make " + path_);
  is_own_ = true;
  write_all(fd, netgraph::hosts_file_of(table, place), path_);
  if (::fchmod(fd.get(), 0644) != 0) throw SysError("chmod " + path_);
}

VisitorsHosts::~VisitorsHosts() {
  if (is_own_) ::unlink(path_.c_str());
}

}  // namespace nsbuild::engine
