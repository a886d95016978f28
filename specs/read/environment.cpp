// A service's environment, as a mapping or as Compose's list of `NAME=value`.
#include "specs/read/records.hpp"
#include "specs/read/values.hpp"

#include <map>

#include <fmt/format.h>

namespace nsbuild::specs {
namespace {

using Variables = std::vector<std::pair<std::string, std::string>>;

bool check_variable(Reader& reader, Mark at, std::string_view name) {
  if (!name.empty() && name.find('=') == std::string_view::npos) return true;
  reader.error(at, fmt::format("{} is not a variable's name", in_quotes(name)));
  return false;
}

/// Compose would take the caller's value; a lab does not depend on who applies it unless it says so.
void refuse_without_value(Reader& reader, Mark at, std::string_view name) {
  reader.error(at, fmt::format("the variable {} has no value", in_quotes(name)),
               fmt::format("the caller's own is \"${{{}}}\", an empty one \"\"", name));
}

Variables read_map(Reader& reader, const Node& node) {
  Variables result;
  for (const Entry& entry : node.entries) {
    if (!entry.key.is_scalar() || !check_variable(reader, entry.key.at, entry.key.text)) continue;
    if (entry.value.is_null())
      refuse_without_value(reader, entry.key.at, entry.key.text);
    else if (!entry.value.is_scalar())
      reader.error(entry.value.at, fmt::format("the variable {} must be text, not {}", in_quotes(entry.key.text),
                                               kind_name(entry.value)));
    else
      result.emplace_back(entry.key.text, entry.value.text);
  }
  return result;
}

Variables read_list(Reader& reader, const Node& node) {
  Variables result;
  std::map<std::string, Mark> seen;
  for (const Node& item : node.items) {
    if (!item.is_scalar()) {
      reader.error(item.at, fmt::format("an item of \"environment\" must be NAME=value, not {}", kind_name(item)),
                   "a mapping stands without \"-\"");
      continue;
    }
    const std::size_t equals = item.text.find('=');
    const std::string name = item.text.substr(0, equals);
    if (!check_variable(reader, item.at, name)) continue;
    if (equals == std::string::npos) {
      refuse_without_value(reader, item.at, name);
      continue;
    }
    const auto [it, fresh] = seen.emplace(name, item.at);
    if (!fresh)
      reader.error(item.at, fmt::format("the variable {} is here twice", in_quotes(name)))
          .notes.push_back({it->second, "first used here"});
    result.emplace_back(name, item.text.substr(equals + 1));
  }
  return result;
}

}  // namespace

Value<Variables> environment() {
  const auto read = [](Reader& reader, const Node& node) -> std::optional<Variables> {
    if (node.is_map()) return read_map(reader, node);
    if (node.is_sequence()) return read_list(reader, node);
    reader.mismatch(node, "a mapping or a list of NAME=value", "such as {LANG: C.UTF-8}");
    return std::nullopt;
  };
  return {
      {"mapping of names to values, or a list of `NAME=value`",
       R"({"anyOf": [{"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}}, {"type": "array", "items": {"type": "string"}}]})",
       true},
      read};
}

}  // namespace nsbuild::specs
