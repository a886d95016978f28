#include "specs/settle.hpp"

#include "specs/expression.hpp"
#include "specs/merge.hpp"
#include "specs/ranges.hpp"
#include "specs/read/records.hpp"
#include "specs/read/values.hpp"
#include "specs/read_file.hpp"
#include "specs/references.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>
#include <sys/stat.h>

namespace nsbuild::specs {
namespace {

using Text = Located<std::string>;

class Settler {
 public:
  /// What a path leads to; a file is looked at by whoever reads it.
  enum class Kind { source, directory, file };

  explicit Settler(Diagnostics& diagnostics)
      : merger_(nullptr, nullptr, sources_, diagnostics),
        ranges_(sources_, diagnostics),
        reader_(sources_, diagnostics, merger_, ranges_, silenced_) {}

  /// Reads the text once more, as its key's type would have.
  void check(const char* key, const Value<std::string>& type, const Text& said, Text& settled) {
    if (!has_reference(said.value)) return;
    const Reader::InKey in_key(reader_, key);
    Node node;
    node.kind = Node::Kind::scalar;
    node.text = settled.value;
    node.at = settled.at;
    if (auto value = type.read(reader_, node)) settled.value = std::move(*value);
  }

  void check(const char* key, const Value<std::string>& type, const std::optional<Text>& said,
             std::optional<Text>& settled) {
    if (said && settled) check(key, type, *said, *settled);
  }

  /// A path of the machine. One that began with a reference was joined to a directory, which it may not need.
  bool check_path(const Text& said, Text& settled, Kind kind) {
    const std::size_t start = said.value.find("${{");
    if (start == std::string::npos) return false;
    std::string path = settled.value;
    if (start > 0 && start < path.size() && said.value[start - 1] == '/' && path[start] == '/') path.erase(0, start);
    settled.value = std::filesystem::path(path).lexically_normal().string();
    struct stat status {};
    if (kind == Kind::file) return true;
    if (::stat(settled.value.c_str(), &status) != 0)
      reader_.error(settled.at, fmt::format("cannot mount {}: {}", in_quotes(settled.value), std::strerror(errno)));
    else if (kind == Kind::directory && !S_ISDIR(status.st_mode))
      reader_.error(settled.at, fmt::format("{} is no directory", in_quotes(settled.value)));
    return true;
  }

  void check_mount(const Mount& said, Mount& settled) {
    check("target", absolute_path(), said.target, settled.target);
    check("size", tmpfs_size(), said.size, settled.size);
    check("owner", owner(), said.owner, settled.owner);
    check_path(said.source, settled.source, Kind::source);
    for (std::size_t i = 0; i < said.lower.size(); ++i) check_path(said.lower[i], settled.lower[i], Kind::directory);
    if (said.upper && check_path(*said.upper, *settled.upper, Kind::directory))
      settled.upper->value = real_path(settled.upper->value);
  }

  void check_file(const File& said, File& settled) {
    check("files", absolute_path(), said.target, settled.target);
    check("owner", owner(), said.owner, settled.owner);
    if (!said.source || !check_path(*said.source, *settled.source, Kind::file)) return;
    FileText read = read_regular_file(settled.source->value, largest_source);
    if (!read.problem.empty())
      reader_.error(settled.source->at,
                    fmt::format("cannot read {}: {}", in_quotes(settled.source->value), read.problem));
    settled.content = std::move(read.text);
  }

  void check_ready(const Ready& said, Ready& settled) {
    if (!has_reference(said.text)) return;
    Text text{settled.text, said.at};
    const Text before{said.text, said.at};
    if (said.probe == Probe::unix_socket || said.probe == Probe::file) {
      check("ready", absolute_path(), before, text);
      settled.text = text.value;
    } else if (said.probe == Probe::log) {
      if (const std::string problem = Expression(settled.text).problem(); !problem.empty())
        reader_.error(said.at, fmt::format("{} is not a regular expression", in_quotes(settled.text)), problem);
    } else if (!parse_socket(settled.text, settled)) {
      reader_.error(said.at, fmt::format("{} is not a port or address:port", in_quotes(settled.text)));
    } else {
      settled.text.clear();
    }
  }

  void check_all_targets(const Service& said, const Service& settled) { check_targets(reader_, settled, said, true); }

  void check_command(const Service& settled) {
    if (!settled.command.empty() && settled.command[0].empty())
      reader_.error(settled.command_at, "the command's first word is empty");
  }

 private:
  Sources sources_;  // nothing is copied here: marks are those of the topology's own
  std::set<Mark> silenced_;
  Merger merger_;
  Ranges ranges_;
  Reader reader_;
};

}  // namespace

void settle(const Service& said, Service& settled, Diagnostics& diagnostics) {
  Settler settler(diagnostics);
  settler.check("hostname", hostname(), said.hostname, settled.hostname);
  settler.check("working_dir", absolute_path(), said.working_dir, settled.working_dir);
  settler.check("user", owner(), said.user, settled.user);
  settler.check("group", group_name(), said.group, settled.group);
  for (std::size_t i = 0; i < said.groups.size(); ++i)
    settler.check("groups", group_name(), said.groups[i], settled.groups[i]);
  if (said.rootfs) settler.check_path(*said.rootfs, *settled.rootfs, Settler::Kind::directory);
  for (std::size_t i = 0; i < said.mounts.size(); ++i) settler.check_mount(said.mounts[i], settled.mounts[i]);
  for (std::size_t i = 0; i < said.files.size(); ++i) settler.check_file(said.files[i], settled.files[i]);
  settler.check_all_targets(said, settled);
  if (said.ready) settler.check_ready(*said.ready, *settled.ready);
  settler.check_command(settled);
}

}  // namespace nsbuild::specs
