#include "planner/kinds/service.hpp"

#include "planner/origin.hpp"
#include "planner/state.hpp"
#include "planner/words.hpp"

#include <algorithm>
#include <map>

namespace nsbuild::planner {
namespace {

std::ptrdiff_t depth(const std::string& path) { return std::count(path.begin(), path.end(), '/'); }

std::vector<Mount> mounts_of(const specs::Service& spec) {
  std::vector<Mount> all;
  for (const specs::Mount& mount : spec.mounts) {
    Mount m{
        .type = mount.type, .source = mount.source.value, .target = mount.target.value, .read_only = mount.read_only};
    m.recursive = mount.recursive;
    for (const auto& lower : mount.lower) m.lower.push_back(lower.value);
    if (mount.upper) m.upper = mount.upper->value;
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

std::vector<Rlimit> rlimits_of(const specs::Service& spec) {
  std::vector<Rlimit> all;
  for (const specs::Rlimit& limit : spec.rlimits) all.push_back({limit.name, limit.soft, limit.hard});
  std::sort(all.begin(), all.end(), [](const Rlimit& a, const Rlimit& b) { return a.name < b.name; });
  return all;
}

/// Whom it runs as and how it lives and ends.
void fill_process(Service& service, const specs::Service& spec) {
  if (spec.working_dir) service.working_dir = spec.working_dir->value;
  if (spec.user) service.user = spec.user->value;
  if (spec.group) service.group = spec.group->value;
  for (const auto& group : spec.groups) service.groups.push_back(group.value);
  service.umask = spec.umask;
  service.nice = spec.nice;
  service.rlimits = rlimits_of(spec);
  service.oneshot = spec.oneshot;
  if (spec.oneshot) service.state = RunState::completed;
  service.restart = spec.restart.policy;
  service.restart_attempts = spec.restart.attempts;
  service.stop_signal = spec.stop_signal;
  service.stop_timeout = static_cast<std::uint32_t>(spec.stop_timeout.count());
}

void fill_order(Service& service, const netgraph::Service& wish, const netgraph::NetGraph& graph) {
  if (wish.join) service.join = graph.services.at(*wish.join).name;
  for (const netgraph::Dependency& dependency : wish.depends_on) {
    const bool ready = dependency.condition == specs::Condition::ready;
    (ready ? service.after_ready : service.after).push_back(graph.services.at(dependency.service).name);
  }
}

void fill_names(Service& service, const netgraph::Service& wish, const netgraph::NetGraph& graph) {
  if (wish.join) return;  // it sees those of the other
  const netgraph::Place& place = graph.places.at(wish.place);
  service.own_hosts = !wish.spec.hosts.empty();
  service.own_resolver = !place.resolv_conf.empty();
  service.says_hosts = service.own_hosts || !place.hosts.empty() || !graph.hosts.empty();
}

/// In the words of engine/service/launch.cpp and engine/init/command.cpp, which tell of a failure.
void fill_origins(Service& service, const specs::Service& spec, const netgraph::NetGraph& graph) {
  const auto add = [&](const std::string& words, const specs::Mark& at) {
    service.origins.emplace_back(words, origin_of(graph, at));
  };
  service.origin = origin_of(graph, spec.command_at);
  for (const specs::Mount& mount : spec.mounts) add(" on " + mount.target.value + ":", mount.at);
  for (const specs::File& file : spec.files) add("file " + file.target.value + ":", file.at);
  for (const specs::Rlimit& limit : spec.rlimits) add("rlimit " + limit.name, limit.at);
  const auto add_value = [&](const char* words, const std::optional<specs::Located<std::string>>& value) {
    if (value) add(words, value->at);
  };
  add_value("group", spec.group);
  add_value("no such group", spec.group ? spec.group : spec.user);
  add_value("user ", spec.user);
  add_value("no such user", spec.user);
  add_value("working_dir ", spec.working_dir);
  add_value("hostname ", spec.hostname);
  add_value("rootfs", spec.rootfs);
}

}  // namespace

std::string Service::origin_of(const std::string& error) const {
  for (const auto& [words, line] : origins)
    if (words.starts_with(' ') ? error.find(words) != std::string::npos : error.starts_with(words)) return line;
  return origin;
}

std::string Service::words_for(RunState Service::*member) const {
  return words(this->*member) + (exit.empty() ? "" : " (" + exit + ")");
}

Key Service::identity() const { return key_of<Service>("", name); }
std::vector<Key> Service::needs() const {
  std::vector<Key> all{key_of<Namespace>("", place), key_of<Hosts>(place, "")};
  if (own_hosts) all.push_back(key_of<Hosts>(place, name));
  if (!join.empty()) all.push_back(key_of<Service>("", join));
  for (const std::string& other : after) all.push_back(key_of<Service>("", other));
  for (const std::string& other : after_ready) {
    all.push_back(key_of<Service>("", other));
    all.push_back(key_of<Ready>("", other));
  }
  return all;
}

// Its processes hold their network namespace alive, so it is stopped by a step of its own; the one that joined goes
// with the PID namespace that it joined.
std::vector<Key> Service::owners() const {
  return join.empty() ? std::vector<Key>() : std::vector<Key>{key_of<Service>("", join)};
}
/// An upper directory is kept by one overlay at a time.
std::vector<std::string> Service::claims() const {
  std::vector<std::string> all;
  for (const Mount& mount : mounts)
    if (!mount.upper.empty()) all.push_back("upper " + mount.upper);
  return all;
}
Phase Service::phase() const { return Phase::services; }

std::vector<Service> Service::desire(const netgraph::NetGraph& graph) {
  std::vector<Service> all;
  for (const netgraph::Service& wish : graph.services) {
    Service service{.name = wish.name, .place = graph.places.at(wish.place).name, .hostname = wish.hostname};
    service.mounts = mounts_of(wish.spec);
    service.files = files_of(wish.spec);
    service.command = wish.spec.command;
    service.environment = environment_of(wish, graph.lab);
    service.rootfs = wish.spec.rootfs ? wish.spec.rootfs->value : "";
    service.root_mode = wish.spec.root_mode;
    service.dev = wish.spec.dev;
    fill_names(service, wish, graph);
    fill_process(service, wish.spec);
    fill_order(service, wish, graph);
    fill_origins(service, wish.spec, graph);
    all.push_back(std::move(service));
  }
  return all;
}

}  // namespace nsbuild::planner
