#include "planner/kinds/service.hpp"

#include "planner/state.hpp"
#include "planner/words.hpp"

#include <algorithm>
#include <filesystem>
#include <map>

namespace nsbuild::planner {
namespace {

std::ptrdiff_t depth(const std::string& path) { return std::count(path.begin(), path.end(), '/'); }

std::vector<Mount> mounts_of(const specs::Service& spec) {
  std::vector<Mount> all;
  for (const specs::Mount& mount : spec.mounts) {
    Mount m{
        .type = mount.type, .source = mount.source.value, .target = mount.target.value, .read_only = mount.read_only};
    if (mount.size) m.size = mount.size->value;
    if (mount.mode) m.mode = mount.mode->value;
    if (mount.owner) m.owner = mount.owner->value;
    all.push_back(std::move(m));
  }
  // A mount above another one would hide it.
  std::stable_sort(all.begin(), all.end(),
                   [](const Mount& a, const Mount& b) { return depth(a.target) < depth(b.target); });
  return all;
}

std::vector<File> files_of(const specs::Service& spec) {
  std::vector<File> all;
  for (const specs::File& file : spec.files)
    all.push_back({.target = file.target.value,
                   .content = file.content,
                   .mode = file.mode,
                   .owner = file.owner ? file.owner->value : ""});
  return all;
}

std::vector<std::pair<std::string, std::string>> environment_of(const netgraph::Service& service,
                                                                const std::string& lab) {
  std::map<std::string, std::string> all{
      {"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
      {"LANG", "C.UTF-8"},
      {"NSBUILD_LAB", lab},
      {"NSBUILD_SERVICE", service.name},
  };
  for (const auto& [name, value] : service.spec.environment) all.insert_or_assign(name, value);
  return {all.begin(), all.end()};
}

std::string origin_of(const netgraph::NetGraph& graph, const specs::Mark& at) {
  // Which of several included files it was is not known here; the topology file itself is the first.
  const std::string file = graph.file.empty() ? "-" : std::filesystem::path(graph.file).filename().string();
  return at ? file + ":" + std::to_string(at.line) : file;
}

}  // namespace

std::string Service::words_for(RunState Service::*member) const {
  return words(this->*member) + (exit.empty() ? "" : " (" + exit + ")");
}

Key Service::identity() const { return key_of<Service>("", name); }
std::vector<Key> Service::needs() const { return {key_of<Namespace>("", place), key_of<Hosts>(place, "")}; }
// Its processes hold their network namespace alive, so it is stopped by a step of its own.
std::vector<Key> Service::owners() const { return {}; }
std::vector<std::string> Service::claims() const { return {}; }
Phase Service::phase() const { return Phase::services; }

std::vector<Service> Service::desire(const netgraph::NetGraph& graph) {
  std::vector<Service> all;
  for (const netgraph::Service& wish : graph.services) {
    Service service{.name = wish.name, .place = graph.places.at(wish.place).name, .hostname = wish.hostname};
    service.mounts = mounts_of(wish.spec);
    service.files = files_of(wish.spec);
    service.command = wish.spec.command;
    service.environment = environment_of(wish, graph.lab);
    if (wish.spec.working_dir) service.working_dir = wish.spec.working_dir->value;
    if (wish.spec.user) service.user = wish.spec.user->value;
    service.origin = origin_of(graph, wish.spec.command_at);
    all.push_back(std::move(service));
  }
  return all;
}

}  // namespace nsbuild::planner
