// Mounts of a service: Compose's short form `source:target[:ro]`, the mapping, and Compose's `tmpfs`.
#include "specs/read/records.hpp"
#include "specs/read/values.hpp"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <sys/stat.h>

namespace nsbuild::specs {
namespace {

const Table<Mount>& mount_table() {
  static const auto type = choice<MountType>({{"bind", MountType::bind}, {"tmpfs", MountType::tmpfs}});
  static const Table<Mount> table{
      {"mount", "a mount",
       "An item of a service's `mounts`. A bind mount also as a text, `source:target` or `source:target:ro`."},
      {
          key("type", &Mount::type, type, {"what is mounted", "tmpfs", "bind"}),
          key("source", &Mount::source, text("path"),
              {"of a bind mount: a path of the machine, relative to this file", "./www", "", {"src"}}),
          key("target", &Mount::target, absolute_path(),
              {"where the service sees it", "/srv", "", {"dst", "destination", "path"}, true}),
          key("read_only", &Mount::read_only, boolean(),
              {"whether the service may only read it", "true", "false", {"ro", "readonly"}}),
          key("size", &Mount::size, tmpfs_size(), {"of a tmpfs: its size", "64m", "half of the memory"}),
          key("mode", &Mount::mode, file_mode(), {"of a tmpfs: its root's permissions", "0755", "1777"}),
          key("owner", &Mount::owner, owner(),
              {"of a tmpfs: its root's user and group", "www-data:www-data", "root", {"user"}}),
      }};
  return table;
}

/// Joins the source to the file's directory, and sees that it is there.
void resolve_source(Reader& reader, Mount& mount) {
  if (mount.source.value.empty()) return;
  const std::string path = reader.resolve(mount.source.value).string();
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    const bool bare = mount.source.value.find('/') == std::string::npos;
    reader.error(mount.source.at, fmt::format("cannot mount {}: {}", in_quotes(path), std::strerror(errno)),
                 bare ? "a source is a path; there are no named volumes" : "");
  }
  mount.source.value = path;
}

std::optional<Mount> read_short(Reader& reader, const Node& node) {
  const std::string_view text = node.text;
  const std::size_t first = text.find(':');
  if (first == std::string_view::npos || first == 0) {
    reader.error(node.at, fmt::format("the mount {} must be source:target or source:target:ro", in_quotes(text)));
    return std::nullopt;
  }
  Mount mount;
  mount.at = node.at;
  mount.source = {std::string(text.substr(0, first)), reader.within(node, 0, first)};
  const std::size_t second = std::min(text.find(':', first + 1), text.size());
  const std::size_t length = second - first - 1;
  const Mark target_at = reader.within(node, first + 1, length);
  const auto target = read_absolute_path(reader, target_at, text.substr(first + 1, length));
  if (target) mount.target = {*target, target_at};
  if (second < text.size()) {
    const std::string_view option = text.substr(second + 1);
    mount.read_only = option == "ro";
    if (option != "ro" && option != "rw")
      reader.error(reader.within(node, second + 1, option.size()),
                   fmt::format("unknown option {} of a mount", in_quotes(option)), "known: ro, rw");
  }
  resolve_source(reader, mount);
  return target ? std::optional(mount) : std::nullopt;
}

void check_kind(Reader& reader, const Node& node, const Mount& mount) {
  const auto refuse = [&](const char* name, const char* why) {
    if (const Entry* entry = find(node, name); entry != nullptr && !entry->value.is_null())
      reader.error(entry->key.at, fmt::format("\"{}\" is {}", name, why));
  };
  if (mount.type == MountType::tmpfs) {
    refuse("source", "for bind mounts only");
    return;
  }
  for (const char* name : {"size", "mode", "owner"}) refuse(name, "for a tmpfs only");
  if (mount.source.value.empty()) reader.error(node.at, "a bind mount needs \"source\"", "or \"type: tmpfs\"");
}

std::optional<Mount> read_mount(Reader& reader, const Node& node) {
  if (node.is_scalar()) return read_short(reader, node);
  Mount mount;
  mount.at = node.at;
  if (!read_table(reader, mount_table(), node, mount)) return std::nullopt;
  check_kind(reader, node, mount);
  if (mount.type == MountType::bind) resolve_source(reader, mount);
  return mount.target.value.empty() ? std::nullopt : std::optional(mount);
}

/// One option of `/path:size=64m,mode=1777`.
void read_option(Reader& reader, const Located<std::string_view>& option, Mount& mount) {
  const std::size_t equals = std::min(option.value.find('='), option.value.size());
  const std::string_view name = option.value.substr(0, equals);
  const std::string_view value = equals < option.value.size() ? option.value.substr(equals + 1) : "";
  if (name == "size") {
    if (const auto size = read_size(reader, option.at, value)) mount.size = Located<std::string>{*size, option.at};
  } else if (name == "mode") {
    if (const auto mode = read_mode(reader, option.at, value)) mount.mode = Located<std::uint32_t>{*mode, option.at};
  } else if (name == "ro") {
    mount.read_only = true;
  } else if (name != "rw") {
    reader.error(option.at, fmt::format("unknown option {} of a tmpfs", in_quotes(name)), "known: size=, mode=, ro");
  }
}

std::optional<Mount> read_tmpfs(Reader& reader, const Node& node) {
  if (!node.is_scalar()) {
    reader.mismatch(node, "a path or a list of paths", "mappings belong under \"mounts\"");
    return std::nullopt;
  }
  const std::string_view text = node.text;
  const std::size_t colon = std::min(text.find(':'), text.size());
  Mount mount;
  mount.type = MountType::tmpfs;
  mount.at = node.at;
  const Mark at = reader.within(node, 0, colon);
  const auto target = read_absolute_path(reader, at, text.substr(0, colon));
  if (target) mount.target = {*target, at};
  for (std::size_t from = colon + 1; from < text.size();) {
    const std::size_t end = std::min(text.find(',', from), text.size());
    read_option(reader, {text.substr(from, end - from), reader.within(node, from, end - from)}, mount);
    from = end + 1;
  }
  return target ? std::optional(mount) : std::nullopt;
}

}  // namespace

Value<std::vector<Mount>> mounts() {
  return list_of<Mount>({"list of mounts", R"({"anyOf": [{"type": "string"}, {"$ref": "#/$defs/mount"}]})"},
                        "such as [./www:/srv:ro]", read_mount);
}

Value<std::vector<Mount>> tmpfs_mounts() {
  const auto read = [](Reader& reader, const Node& node) -> std::optional<std::vector<Mount>> {
    std::vector<Mount> result;
    const auto add = [&](const Node& item) {
      if (auto mount = read_tmpfs(reader, item)) result.push_back(std::move(*mount));
    };
    if (node.is_sequence())
      std::for_each(node.items.begin(), node.items.end(), add);
    else
      add(node);
    return result;
  };
  return {{"path, or a list of paths, each with `:size=…,mode=…` or not",
           R"({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})", true},
          read};
}

TableView mount_keys() { return view(mount_table()); }

}  // namespace nsbuild::specs
