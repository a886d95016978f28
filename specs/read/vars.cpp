// `vars`: values of the file's own, for `${{NAME}}` in services.
#include "specs/read/records.hpp"
#include "specs/read/values.hpp"
#include "specs/references.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace nsbuild::specs {

namespace {

/// What stands between `${{` and `}}` is words; the first of these have a meaning of their own.
bool check_var_name(Reader& reader, const Node& name) {
  const auto& own = own_references();
  if (std::find(own.begin(), own.end(), name.text) == own.end()) return check_name(reader, name.at, name.text, "value");
  reader.error(name.at, fmt::format("{} cannot be the name of a value", in_quotes(name.text)),
               fmt::format("${{{{{}}}}} has a meaning already", name.text));
  return false;
}

}  // namespace

Value<Vars> vars() {
  const auto read = [](Reader& reader, const Node& node) -> std::optional<Vars> {
    if (!node.is_map()) {
      reader.mismatch(node, "a mapping of names to values", "such as {asn: 65001}");
      return std::nullopt;
    }
    Vars result;
    for (const Entry& entry : node.entries) {
      if (!entry.key.is_scalar() || !check_var_name(reader, entry.key)) continue;
      if (entry.value.is_scalar())
        result[entry.key.text] = {entry.value.text, entry.value.at, references_in(reader.sources(), entry.value)};
      else if (!entry.value.is_null())
        reader.error(
            entry.value.at,
            fmt::format("the value of {} must be text, not {}", in_quotes(entry.key.text), kind_name(entry.value)),
            entry.value.is_sequence() ? "quote a text that starts with a bracket" : "");
    }
    return result;
  };
  return {{"mapping of names to values",
           R"({"type": "object", "additionalProperties": {"type": ["string", "number", "boolean", "null"]}})"},
          read};
}

}  // namespace nsbuild::specs
