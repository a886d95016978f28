// Files of a service: its own copies, with their content here or in a file beside this one.
#include "specs/read/records.hpp"
#include "specs/read/values.hpp"
#include "specs/read_file.hpp"
#include "specs/references.hpp"

#include <fmt/format.h>

namespace nsbuild::specs {
namespace {

const Table<File>& file_table() {
  static const Table<File> table{
      {"file", "a file",
       "An entry of a service's `files`, by its absolute path. Instead of `{content: X}` just X will do."},
      {
          key("content", &File::content, text(), {"what is in it", "\"hello\\n\"", "", {"text", "data"}}),
          key("source", &File::source, text("path"),
              {"the file of the machine that it is a copy of, relative to this file", "app.conf", "", {"src", "file"}}),
          key("template", &File::is_template, boolean(),
              {"whether `${{…}}` in the source is resolved, too", "true", "false", {"is_template", "templated"}}),
          key("mode", &File::mode, file_mode(), {"permissions", "0600", "0644"}),
          key("owner", &File::owner, settled_later(owner()),
              {"user and group", "www-data:www-data", "root:root", {"user"}}),
      }};
  return table;
}

void read_source(Reader& reader, File& file) {
  const std::string path = reader.resolve(*file.source).string();
  file.source->value = path;
  if (has_reference(path)) return;
  FileText source = read_regular_file(path, largest_source);
  if (!source.problem.empty())
    reader.error(file.source->at, fmt::format("cannot read {}: {}", in_quotes(path), source.problem));
  file.content = std::move(source.text);
}

/// Exactly one of `content` and `source` says what is in the file.
void read_content(Reader& reader, const Node& node, File& file) {
  const Entry* content = find(node, "content");
  const bool has_content = content != nullptr && !content->value.is_null();
  if (has_content && file.source)
    reader.error(file.source->at, "a file has \"content\" or \"source\", not both")
        .notes.push_back({content->key.at, "the content"});
  else if (!has_content && !file.source)
    reader.error(file.at, "a file needs \"content\" or \"source\"", "an empty one has content: \"\"");
  const Entry* is_template = find(node, "template");
  if (is_template != nullptr && !is_template->value.is_null() && !file.source)
    reader.error(is_template->key.at, "\"template\" is for files with \"source\"",
                 "in \"content\", ${{...}} is always resolved");
  if (file.source && !file.source->value.empty() && !has_content) read_source(reader, file);
}

std::optional<File> read_file(Reader& reader, const Node& name, const Node& value) {
  File file;
  file.at = name.at;
  const auto target = read_absolute_path(reader, name.at, name.text);
  if (target && (*target == "/" || name.text.ends_with('/')))
    reader.error(name.at, fmt::format("{} is a directory, not a file", in_quotes(name.text)));
  if (target) file.target = {*target, name.at};
  if (value.is_scalar()) {
    file.content = value.text;
  } else {
    if (!read_table(reader, file_table(), value, file)) return std::nullopt;
    read_content(reader, value, file);
  }
  return target ? std::optional(file) : std::nullopt;
}

}  // namespace

Value<std::vector<File>> files() {
  const auto read = [](Reader& reader, const Node& node) -> std::optional<std::vector<File>> {
    if (!node.is_map()) {
      reader.mismatch(node, "a mapping of paths to files", "such as {/etc/motd: {content: hello}}");
      return std::nullopt;
    }
    std::vector<File> result;
    for (const Entry& entry : node.entries)
      if (auto file = entry.key.is_scalar() ? read_file(reader, entry.key, entry.value) : std::nullopt)
        result.push_back(std::move(*file));
    return result;
  };
  return {
      {"mapping of absolute paths to files or their content",
       R"({"type": "object", "additionalProperties": {"anyOf": [{"type": ["string", "number", "boolean"]}, {"$ref": "#/$defs/file"}]}})"},
      read};
}

TableView file_keys() { return view(file_table()); }

}  // namespace nsbuild::specs
