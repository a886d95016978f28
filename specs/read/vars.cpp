// `vars`: values of the file's own, for `${{NAME}}` in services.
#include "specs/read/records.hpp"
#include "specs/read/values.hpp"

#include <fmt/format.h>

namespace nsbuild::specs {

Value<Vars> vars() {
  const auto read = [](Reader& reader, const Node& node) -> std::optional<Vars> {
    if (!node.is_map()) {
      reader.mismatch(node, "a mapping of names to values", "such as {asn: 65001}");
      return std::nullopt;
    }
    Vars result;
    for (const Entry& entry : node.entries) {
      if (!entry.key.is_scalar()) continue;
      if (entry.value.is_scalar())
        result[entry.key.text] = {entry.value.text, entry.value.at};
      else if (!entry.value.is_null())
        reader.error(entry.value.at, fmt::format("the value of {} must be text, not {}", in_quotes(entry.key.text),
                                                 kind_name(entry.value)));
    }
    return result;
  };
  return {{"mapping of names to values",
           R"({"type": "object", "additionalProperties": {"type": ["string", "number", "boolean", "null"]}})"},
          read};
}

}  // namespace nsbuild::specs
