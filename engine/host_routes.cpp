#include "engine/host_routes.hpp"

#include "engine/error.hpp"
#include "engine/journal.hpp"
#include "engine/kinds/kinds.hpp"
#include "engine/lab_files.hpp"
#include "engine/linux/mark.hpp"
#include "engine/rundir.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>

namespace nsbuild::engine {

namespace {

/// What the mark of another lab says behind its prefix; "" when the device has none.
std::string other_lab_of(const OpenPlace& host, const std::string& device, const std::string& lab) {
  for (const LinkMessage& link : host.devices.links()) {
    const std::string alias = link.alias.value_or("");
    if (link.name == device && is_mark_group(link.group.value_or(0)) && alias.starts_with(mark_prefix))
      return alias == lab_mark(lab) ? "" : alias.substr(mark_prefix.size());
  }
  return "";
}

}  // namespace

RouteOwners routes_of_other_labs(const std::string& lab) {
  RouteOwners owners;
  for (const std::string& other : labs_on_record()) {
    if (other == lab) continue;
    const std::optional<Journal> journal = read_journal(other);
    if (!journal || !is_of_this_boot(*journal)) continue;
    for (const std::string& id : journal->host_routes) owners.emplace(id, other);
  }
  return owners;
}

std::vector<TakenRoute> taken_routes(const planner::State& wish, const RouteOwners& others) {
  std::vector<TakenRoute> taken;
  for (const planner::Route* route : declared_in<planner::Route>(wish, "host")) {
    const planner::Key key = planner::key(*route);
    const auto owner = others.find(key.id);
    if (owner != others.end()) taken.push_back({key, planner::name(key) + " belongs to lab " + owner->second});
  }
  return taken;
}

std::vector<TakenRoute> routes_through_others(const planner::State& wish, const planner::State& seen,
                                              const OpenPlace& host, const std::string& lab) {
  std::vector<TakenRoute> taken;
  for (const planner::Route* wanted : declared_in<planner::Route>(wish, "host")) {
    const planner::Key key = planner::key(*wanted);
    const auto found = seen.find(key);
    if (found == seen.end()) continue;
    for (const planner::NextHop& hop : std::get<planner::Route>(found->second).nexthops)
      if (const std::string other = other_lab_of(host, hop.dev, lab); !other.empty())
        taken.push_back({key, planner::name(key) + " belongs to lab " + other + ": it goes through " + hop.dev});
  }
  return taken;
}

std::vector<std::string> words_of(const std::vector<TakenRoute>& routes) {
  std::vector<std::string> lines;
  lines.reserve(routes.size());
  for (const TakenRoute& route : routes) lines.push_back(route.words);
  return lines;
}

Fd lock_host_routes() {
  const std::string path = run_dir();
  Fd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory) throw SysError("open " + path);
  while (::flock(directory.get(), LOCK_EX) != 0)
    if (errno != EINTR) throw SysError("lock " + path);
  return directory;
}

}  // namespace nsbuild::engine
