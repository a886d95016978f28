// Services: a command and what it sees around it.
#include "specs/read/records.hpp"
#include "specs/read/values.hpp"
#include "specs/references.hpp"

#include <cerrno>
#include <cstring>
#include <map>

#include <fmt/format.h>
#include <sys/stat.h>

namespace nsbuild::specs {
namespace {

void read_command(Reader& reader, const Node& node, Service& service) {
  if (auto argv = command().read(reader, node)) service.command = std::move(*argv);
  service.command_at = node.at;
}

/// After `mounts`, whatever their order in the file.
void read_tmpfs(Reader& reader, const Node& node, Service& service) {
  if (auto mounts = tmpfs_mounts().read(reader, node))
    std::move(mounts->begin(), mounts->end(), std::back_inserter(service.mounts));
}

void read_mounts(Reader& reader, const Node& node, Service& service) {
  if (auto read = mounts().read(reader, node))
    service.mounts.insert(service.mounts.begin(), std::make_move_iterator(read->begin()),
                          std::make_move_iterator(read->end()));
}

void read_rootfs(Reader& reader, const Node& node, Service& service) {
  const auto said = scalar(reader, node, "a path");
  if (!said) return;
  const std::string path = said->empty() ? "" : reader.resolve({*said, node.at}).string();
  struct stat status {};
  if (path.empty() || path == "/")
    reader.error(node.at, fmt::format("the root of a service cannot be {}", in_quotes(*said)),
                 "without \"rootfs\" it is the machine's own; see \"root_mode\"");
  else if (!has_reference(path) && ::stat(path.c_str(), &status) != 0)
    reader.error(node.at, fmt::format("cannot use {} as a root: {}", in_quotes(path), std::strerror(errno)));
  else if (!has_reference(path) && !S_ISDIR(status.st_mode))
    reader.error(node.at, fmt::format("{} is no directory", in_quotes(path)));
  service.rootfs =
      Located<std::string>{path.size() > 1 && path.back() == '/' ? path.substr(0, path.size() - 1) : path, node.at};
}

/// Where it runs and what.
std::vector<Key<Service>> process_keys() {
  return {
      key<Service>("profile", profile_names().type, [](Reader&, const Node&, Service&) {},
                   {"profiles that lie below this entry", "daemon", "", {"profiles", "extends"}}),
      key("namespace", &Service::namespace_name, text("name of a namespace"),
          {"the network namespace that it runs in",
           "server",
           "none: this or `join` is needed",
           {"netns", "node", "network", "networks", "network_mode"}}),
      key("join", &Service::join, text("name of a service"),
          {"the service whose namespaces it runs in, all of them",
           "web",
           "none: it has its own",
           {"joins", "container", "pid", "ipc"}}),
      key<Service>("command", command().type, read_command,
                   {"what to run: a list is executed, a text goes to `/bin/sh -c`",
                    "[python3, -m, http.server, \"8080\"]",
                    "",
                    {"cmd", "exec", "entrypoint", "run"},
                    true}),
      key("environment", &Service::environment, environment(),
          {"variables on top of the clean environment that every service gets",
           "{LANG: C.UTF-8}",
           "",
           {"env", "environ", "variables"}}),
      key("working_dir", &Service::working_dir, absolute_path(),
          {"where the command starts", "/srv", "/", {"workdir", "cwd", "directory", "chdir"}}),
      key("user", &Service::user, settled_later(owner()),
          {"whom it runs as, looked up in the service's root", "nobody", "root", {"uid", "owner"}}),
      key("group", &Service::group, settled_later(group_name()),
          {"its group, looked up in the service's root", "adm", "the user's", {"gid"}}),
      key("groups", &Service::groups, group_names(),
          {"groups that it is in beside those of its user",
           "[adm, \"27\"]",
           "",
           {"group_add", "supplementary_groups"}}),
      key("umask", &Service::umask, permission_mask(), {"the permissions that its new files do not get", "027", "022"}),
      key("nice", &Service::nice, niceness(),
          {"its priority, as setpriority(2) has it: low is favourable",
           "5",
           "that of nsbuild",
           {"priority", "niceness"}}),
      key("rlimits", &Service::rlimits, rlimits(),
          {"its resource limits",
           "{nofile: 1024, core: unlimited}",
           "those of nsbuild",
           {"ulimits", "limits", "rlimit"}}),
  };
}

/// What it sees around it.
std::vector<Key<Service>> surrounding_keys() {
  return {
      key("hostname", &Service::hostname, settled_later(hostname()),
          {"its hostname", "web", "the service's name", {"host"}}),
      key<Service>("mounts", mounts().type, read_mounts,
                   {"what is mounted for it alone",
                    "[./www:/srv:ro, {type: tmpfs, target: /var/cache}]",
                    "",
                    {"volumes", "mount", "volume", "binds"}}),
      key<Service>("tmpfs", tmpfs_mounts().type, read_tmpfs,
                   {"empty file systems in memory, as Compose writes them", "/var/cache:size=64m", ""}),
      key("files", &Service::files, files(),
          {"files that it alone sees", "{/etc/motd: {content: \"hello\\n\"}}", "", {"configs", "file", "config"}}),
      key<Service>("rootfs", text("path").type, read_rootfs,
                   {"a directory of the machine that is its root, relative to this file",
                    "./debian",
                    "the machine's root",
                    {"image", "root", "chroot"}}),
      key("root_mode", &Service::root_mode,
          choice<RootMode>({{"shared", RootMode::shared},
                            {"private", RootMode::private_overlay},
                            {"read_only", RootMode::read_only}}),
          {"what becomes of writes to its root: they are made there, they end with the service, or they are refused",
           "private",
           "shared",
           {"read_only"}}),
      key("dev", &Service::dev, choice<DevMode>({{"shared", DevMode::shared}, {"minimal", DevMode::minimal}}),
          {"its /dev: the machine's, or one of its own with the few devices that every program expects",
           "minimal",
           "shared",
           {"devices"}}),
      key("hosts", &Service::hosts, extra_hosts(),
          {"names and addresses in its own hosts file, beside those of its namespace",
           "{db.example: 192.0.2.5}",
           "",
           {"extra_hosts", "add_hosts"}}),
      key("vars", &Service::vars, vars(),
          {"values for `${{NAME}}` in its own strings", "{asn: 65001}", "", {"values"}}),
  };
}

/// When it starts, and how it lives and ends.
std::vector<Key<Service>> life_keys() {
  return {
      key("ready", &Service::ready, ready(),
          {"when it counts as ready", "{tcp: 8080, timeout: 10s}", "", {"healthcheck", "readiness", "wait_for"}}),
      key("depends_on", &Service::depends_on, depends_on(),
          {"services that it starts after: *ready* where the other has `ready`, *completed* where it is a oneshot, "
           "else "
           "*started*; a mapping says which",
           "{db: ready}",
           "",
           {"depends", "requires", "after", "links", "needs"}}),
      key("oneshot", &Service::oneshot, boolean(),
          {"whether it is to end: `apply` waits until it has, with exit code 0",
           "true",
           "false",
           {"one_shot", "one-shot", "once", "type"}}),
      key("restart", &Service::restart, restart_policy(),
          {"whether it is started again when it ends by itself, and how often in a row",
           "on-failure:5",
           "no",
           {"restart_policy"}}),
      key("stop_signal", &Service::stop_signal, signal_to_send(),
          {"what asks it to end", "SIGQUIT", "SIGTERM", {"kill_signal"}}),
      key("stop_timeout", &Service::stop_timeout, duration(std::chrono::milliseconds{0}),
          {"how long it then may take; after that it is killed", "1m30s", "10s", {"stop_grace_period", "stop_wait"}}),
  };
}

const Table<Service>& service_table() {
  static const Table<Service> table = [] {
    Table<Service> made{{"service", "a service",
                         "An entry of `services`, by its name: a process with its own hostname, mount, PID and IPC "
                         "namespaces in one of "
                         "the network namespaces."},
                        process_keys()};
    for (const auto& more : {surrounding_keys(), life_keys()})
      made.keys.insert(made.keys.end(), more.begin(), more.end());
    return made;
  }();
  return table;
}

const Entry* said(const Node& node, std::string_view name) {
  const Entry* entry = find(node, name);
  return entry == nullptr || entry->value.is_null() ? nullptr : entry;
}

/// One that joins another has nothing of what that one's init makes.
void check_place(Reader& reader, const Node& node, const Service& service) {
  const Entry* join = said(node, "join");
  if (join == nullptr) {
    if (said(node, "namespace") == nullptr && service.namespace_name.value.empty())
      reader.error(node.is_null() ? service.at : node.at, "a service needs \"namespace\" or \"join\"");
    return;
  }
  for (const char* name : {"namespace", "hostname", "mounts", "tmpfs", "files", "rootfs", "root_mode", "dev", "hosts"})
    if (const Entry* entry = said(node, name))
      reader
          .error(entry->key.at, fmt::format("\"{}\" cannot stand beside \"join\"", name),
                 "it is that of the other service")
          .notes.push_back({join->key.at, "joins here"});
}

void check_life(Reader& reader, const Node& node, const Service& service) {
  if (service.oneshot && service.restart.policy == RestartPolicy::always)
    if (const Entry* restart = said(node, "restart"), *oneshot = said(node, "oneshot"); restart && oneshot)
      reader
          .error(restart->value.at, "a oneshot ends, so it cannot be restarted always", "did you mean \"on-failure\"?")
          .notes.push_back({oneshot->key.at, "\"oneshot\""});
  if (service.group && service.user && service.user->value.find(':') != std::string::npos)
    reader.error(service.group->at, "the group is said twice").notes.push_back({service.user->at, "the first time"});
}

/// A process stays at the root that it has, below what is mounted there, while its paths lead into what is above.
void check_place(Reader& reader, const Mount& mount) {
  const std::string& target = mount.target.value;
  if (target == "/")
    reader.error(mount.target.at, "nothing can be mounted on \"/\"", "\"rootfs\" says which root the service has");
  else if (target == "/proc" && mount.type != MountType::proc)
    reader.error(mount.target.at, "a service has a /proc of its own, which nothing else can cover",
                 "mount below it, or \"type: proc\"");
}

}  // namespace

Value<std::vector<std::string>> command() {
  const auto read = [](Reader& reader, const Node& node) -> std::optional<std::vector<std::string>> {
    if (node.is_scalar() && node.text.find_first_not_of(" \t\n") != std::string::npos)
      return std::vector<std::string>{"/bin/sh", "-c", node.text};
    if (node.is_scalar() || (node.is_sequence() && node.items.empty())) {
      reader.error(node.at, fmt::format("\"{}\" is empty", reader.key()));
      return std::nullopt;
    }
    if (!node.is_sequence()) {
      reader.mismatch(node, "a text or a list", "such as [sleep, infinity]");
      return std::nullopt;
    }
    std::vector<std::string> argv;
    for (const Node& item : node.items) {
      if (!item.is_scalar())
        reader.error(item.at, fmt::format("a word of a command must be text, not {}", kind_name(item)), "quote it");
      argv.push_back(item.text);
    }
    if (argv[0].empty()) reader.error(node.items[0].at, "the command's first word is empty");
    return argv;
  };
  return {
      {"text, or list of words",
       R"({"anyOf": [{"type": "string"}, {"type": "array", "minItems": 1, "items": {"type": ["string", "number", "boolean"]}}]})",
       true},
      read};
}

void check_targets(Reader& reader, const Service& service, const Service& said, bool settled) {
  const auto check = [&](const auto& items, const auto& items_said, const char* what, const auto& check_one) {
    std::map<std::string_view, std::size_t> seen;
    for (std::size_t i = 0; i < items.size(); ++i) {
      const Located<std::string>& target = items[i].target;
      const std::size_t first = seen.emplace(target.value, i).first->second;
      const bool refers = has_reference(items_said[i].target.value);
      if (refers == settled) check_one(items[i]);
      if (first != i && (refers || has_reference(items_said[first].target.value)) == settled)
        reader.error(target.at, fmt::format("{} {} here twice", what, in_quotes(target.value)))
            .notes.push_back({items[first].target.at, "first used here"});
    }
  };
  check(service.mounts, said.mounts, "the mount target is", [&](const Mount& mount) { check_place(reader, mount); });
  check(service.files, said.files, "the file is", [](const File&) {});
}

std::optional<Service> read_service(Reader& reader, const Node& name, const Node& value) {
  Service service;
  service.name = {name.text, name.at};
  service.at = name.at;
  check_name(reader, name.at, name.text, "service");
  // Others may name it, even when there is nothing to be read in it.
  if (!read_table(reader, service_table(), value, service)) return service;
  check_targets(reader, service, service, false);
  check_place(reader, value, service);
  check_life(reader, value, service);
  return service;
}

TableView service_keys() { return view(service_table()); }

}  // namespace nsbuild::specs
