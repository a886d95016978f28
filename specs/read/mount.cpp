// Mounts of a service: Compose's short form `source:target[:ro]`, the mapping, and Compose's `tmpfs`.
#include "specs/read/records.hpp"
#include "specs/read/values.hpp"
#include "specs/references.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>

namespace nsbuild::specs {
namespace {

Value<std::vector<Located<std::string>>> directories() {
  const auto read = [](Reader& reader, const Node& node) -> std::optional<std::vector<Located<std::string>>> {
    std::vector<Located<std::string>> result;
    const auto add = [&](const Node& item) {
      if (auto path = scalar(reader, item, "a path or a list of paths")) result.push_back({std::move(*path), item.at});
    };
    if (node.is_sequence())
      std::for_each(node.items.begin(), node.items.end(), add);
    else
      add(node);
    return result;
  };
  return {{"path, or a list of paths",
           R"({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})", true},
          read};
}

const Table<Mount>& mount_table() {
  static const auto type = choice<MountType>({{"bind", MountType::bind},
                                              {"tmpfs", MountType::tmpfs},
                                              {"overlay", MountType::overlay},
                                              {"proc", MountType::proc},
                                              {"devpts", MountType::devpts}});
  static const Table<Mount> table{
      {"mount", "a mount",
       "An item of a service's `mounts`. A bind mount also as a text, `source:target` or `source:target:ro`; behind "
       "the second colon may stand `ro`, `rw`, `recursive` and `norecursive`, with commas between them."},
      {
          key("type", &Mount::type, type, {"what is mounted", "tmpfs", "bind"}),
          key("source", &Mount::source, text("path"),
              {"of a bind mount: a path of the machine, relative to this file", "./www", "", {"src"}}),
          key("target", &Mount::target, absolute_path(),
              {"where the service sees it", "/srv", "", {"dst", "destination", "path"}, true}),
          key("read_only", &Mount::read_only, boolean(),
              {"whether the service may only read it", "true", "false", {"readonly"}}),
          key("ro", &Mount::read_only, boolean(), {"the same as `read_only`, as mount(8) calls it", "true", "false"}),
          key("recursive", &Mount::recursive, boolean(),
              {"of a bind mount: with what is mounted below the source", "false", "true", {"rbind"}}),
          key("lower", &Mount::lower, directories(),
              {"of an overlay: the directories of the machine that lie below, the uppermost first; relative ones start "
               "at this file",
               "[./www, /usr/share]",
               "",
               {"lowerdir"}}),
          key("upper", &Mount::upper, text("path"),
              {"of an overlay: the directory of the machine that keeps what the service writes",
               "./state",
               "none: it ends with the service",
               {"upperdir"}}),
          key("size", &Mount::size, settled_later(tmpfs_size()), {"of a tmpfs: its size", "64m", "half of the memory"}),
          key("mode", &Mount::mode, file_mode(), {"of a tmpfs: its root's permissions", "0755", "1777"}),
          key("owner", &Mount::owner, settled_later(owner()),
              {"of a tmpfs: its root's user and group", "www-data:www-data", "root", {"user"}}),
      }};
  return table;
}

/// Joins the source to the file's directory, and sees that it is there.
void resolve_source(Reader& reader, Mount& mount) {
  if (mount.source.value.empty()) return;
  const std::string path = reader.resolve(mount.source).string();
  struct stat status {};
  if (!has_reference(path) && ::stat(path.c_str(), &status) != 0) {
    const bool bare = mount.source.value.find('/') == std::string::npos;
    reader.error(mount.source.at, fmt::format("cannot mount {}: {}", in_quotes(path), std::strerror(errno)),
                 bare ? "a source is a path; there are no named volumes" : "");
  }
  mount.source.value = path;
}

/// An overlay's directories are the machine's; the one that keeps what is written, too. That one is known by one name,
/// whichever links lead to it: no two overlays may have it.
void resolve_directories(Reader& reader, Mount& mount) {
  const auto resolve = [&](Located<std::string>& directory) {
    const std::string path = reader.resolve(directory).string();
    const std::string said = std::exchange(directory.value, path);
    if (has_reference(path)) return;
    struct stat status {};
    const int error = said.empty() ? ENOENT : ::stat(path.c_str(), &status) != 0 ? errno : 0;
    const bool is_list = said.find(':') != std::string::npos;
    if (error != 0)
      reader.error(directory.at, fmt::format("cannot mount {}: {}", in_quotes(path), std::strerror(error)),
                   is_list ? "write several directories as a list" : "");
    else if (!S_ISDIR(status.st_mode))
      reader.error(directory.at, fmt::format("{} is no directory", in_quotes(path)));
  };
  for (Located<std::string>& lower : mount.lower) resolve(lower);
  if (!mount.upper) return;
  resolve(*mount.upper);
  if (!has_reference(mount.upper->value)) mount.upper->value = real_path(mount.upper->value);
}

/// What stands behind the target of the short form, from `offset` on: options with commas between them.
void read_short_options(Reader& reader, const Node& node, std::size_t offset, Mount& mount) {
  const std::string_view text = node.text;
  for (std::size_t from = offset; from <= text.size();) {
    const std::size_t end = std::min(text.find(',', from), text.size());
    const std::string_view option = text.substr(from, end - from);
    if (option == "ro" || option == "rw")
      mount.read_only = option == "ro";
    else if (option == "recursive" || option == "norecursive")
      mount.recursive = option == "recursive";
    else
      reader.error(reader.within(node, from, std::max<std::size_t>(option.size(), 1)),
                   fmt::format("unknown option {} of a mount", in_quotes(option)),
                   "known: ro, rw, recursive, norecursive");
    from = end + 1;
  }
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
  if (second < text.size()) read_short_options(reader, node, second + 1, mount);
  resolve_source(reader, mount);
  return target ? std::optional(mount) : std::nullopt;
}

struct Only {
  const char* key;
  MountType type;
  const char* words;
};
constexpr std::array<Only, 7> for_one_type{{{"source", MountType::bind, "bind mounts"},
                                            {"recursive", MountType::bind, "bind mounts"},
                                            {"lower", MountType::overlay, "an overlay"},
                                            {"upper", MountType::overlay, "an overlay"},
                                            {"size", MountType::tmpfs, "a tmpfs"},
                                            {"mode", MountType::tmpfs, "a tmpfs"},
                                            {"owner", MountType::tmpfs, "a tmpfs"}}};

void check_kind(Reader& reader, const Node& node, const Mount& mount) {
  const auto said = [&](const char* name) {
    const Entry* entry = find(node, name);
    return entry == nullptr || entry->value.is_null() ? nullptr : entry;
  };
  for (const Only& only : for_one_type)
    if (const Entry* entry = said(only.key); entry != nullptr && only.type != mount.type)
      reader.error(entry->key.at, fmt::format("\"{}\" is for {} only", only.key, only.words));
  if (const Entry* ro = said("ro"), *read_only = said("read_only"); ro != nullptr && read_only != nullptr)
    reader.error(ro->key.at, "\"ro\" and \"read_only\" are the same")
        .notes.push_back({read_only->key.at, "\"read_only\""});
  if (mount.type == MountType::bind && mount.source.value.empty())
    reader.error(node.at, "a bind mount needs \"source\"", "or \"type: tmpfs\"");
  if (mount.type == MountType::overlay && mount.lower.empty())
    reader.error(node.at, "an overlay needs \"lower\"", "the directory that it shows, or a list of them");
}

std::optional<Mount> read_mount(Reader& reader, const Node& node) {
  if (node.is_scalar()) return read_short(reader, node);
  Mount mount;
  mount.at = node.at;
  if (!read_table(reader, mount_table(), node, mount)) return std::nullopt;
  check_kind(reader, node, mount);
  if (mount.type == MountType::bind) resolve_source(reader, mount);
  if (mount.type == MountType::overlay) resolve_directories(reader, mount);
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

std::string real_path(const std::string& path) {
  std::error_code missing;
  const std::filesystem::path real = std::filesystem::canonical(path, missing);
  return missing ? path : real.string();
}

TableView mount_keys() { return view(mount_table()); }

}  // namespace nsbuild::specs
