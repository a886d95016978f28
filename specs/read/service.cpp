// Services: a command and what it sees around it.
#include "specs/merge.hpp"
#include "specs/read/records.hpp"
#include "specs/read/values.hpp"

#include <map>

#include <fmt/format.h>

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

const Table<Service>& service_table() {
  static const Table<Service> table{
      {"service", "a service",
       "An entry of `services`, by its name: a process with its own hostname, mount, PID and IPC namespaces in one of "
       "the network namespaces."},
      {
          key<Service>("profile", profile_names().type, [](Reader&, const Node&, Service&) {},
                       {"profiles that lie below this entry", "daemon", "", {"profiles", "extends"}}),
          key("namespace", &Service::namespace_name, text("name of a namespace"),
              {"the network namespace that it runs in",
               "server",
               "",
               {"netns", "node", "network", "networks", "network_mode"},
               true}),
          key<Service>("command", command().type, read_command,
                       {"what to run: a list is executed, a text goes to `/bin/sh -c`",
                        "[python3, -m, http.server, \"8080\"]",
                        "",
                        {"cmd", "exec", "entrypoint", "run"},
                        true}),
          key("hostname", &Service::hostname, hostname(), {"its hostname", "web", "the service's name", {"host"}}),
          key("environment", &Service::environment, environment(),
              {"variables on top of the clean environment that every service gets",
               "{LANG: C.UTF-8}",
               "",
               {"env", "environ", "variables"}}),
          key("working_dir", &Service::working_dir, absolute_path(),
              {"where the command starts", "/srv", "/", {"workdir", "cwd", "directory", "chdir"}}),
          key("user", &Service::user, owner(),
              {"whom it runs as, looked up in the service's root", "nobody", "root", {"uid", "owner"}}),
          key<Service>("mounts", mounts().type, read_mounts,
                       {"what is mounted for it alone",
                        "[./www:/srv:ro, {type: tmpfs, target: /var/cache}]",
                        "",
                        {"volumes", "mount", "volume", "binds"}}),
          key<Service>("tmpfs", tmpfs_mounts().type, read_tmpfs,
                       {"empty file systems in memory, as Compose writes them", "/var/cache:size=64m", ""}),
          key("files", &Service::files, files(),
              {"files that it alone sees", "{/etc/motd: {content: \"hello\\n\"}}", "", {"configs", "file", "config"}}),
      }};
  return table;
}

void check_targets(Reader& reader, const Service& service) {
  std::map<std::string_view, Mark> seen;
  const auto add = [&](const Located<std::string>& target, const char* what) {
    const auto [it, fresh] = seen.emplace(target.value, target.at);
    if (!fresh)
      reader.error(target.at, fmt::format("{} {} here twice", what, in_quotes(target.value)))
          .notes.push_back({it->second, "first used here"});
  };
  for (const Mount& mount : service.mounts) add(mount.target, "the mount target is");
  seen.clear();
  for (const File& file : service.files) add(file.target, "the file is");
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

std::optional<Service> read_service(Reader& reader, const Node& name, const Node& value) {
  Service service;
  service.name = {name.text, name.at};
  service.at = name.at;
  check_name(reader, name.at, name.text, "service");
  const auto merged = reader.merger().merged(value, "service", name.at);
  if (!read_table(reader, service_table(), merged ? *merged : value, service)) return std::nullopt;
  check_targets(reader, service);
  return service;
}

TableView service_keys() { return view(service_table()); }

}  // namespace nsbuild::specs
