// What a service waits for: a list of services, or Compose's map with a condition for each.
#include "specs/read/records.hpp"
#include "specs/read/values.hpp"

#include <array>
#include <map>

#include <fmt/format.h>

namespace nsbuild::specs {
namespace {

struct Word {
  std::string_view ours, of_compose;
  Condition condition;
};
constexpr std::array<Word, 3> words{{{"started", "service_started", Condition::started},
                                     {"ready", "service_healthy", Condition::ready},
                                     {"completed", "service_completed_successfully", Condition::completed}}};

/// Compose's `{condition: service_healthy}`, or the word alone, in ours.
std::string condition_hint(const Node& service, const Node& said) {
  const Entry* condition = find(said, "condition");
  const std::string& word = condition != nullptr ? condition->value.text : said.text;
  std::vector<std::string_view> names;
  for (const Word& each : words) {
    names.push_back(each.ours);
    if (word == each.of_compose || (condition != nullptr && word == each.ours))
      return fmt::format("write \"{}: {}\"", service.text, each.ours);
  }
  return said.is_scalar() ? did_you_mean(word, names) : "";
}

std::optional<Condition> read_condition(Reader& reader, const Node& service, const Node& said) {
  for (const Word& each : words)
    if (said.is_scalar() && said.text == each.ours) return each.condition;
  reader.error(said.at,
               fmt::format("the condition of {} must be started, ready or completed, not {}", in_quotes(service.text),
                           said.is_scalar() ? in_quotes(said.text) : kind_name(said)),
               condition_hint(service, said));
  return std::nullopt;
}

std::vector<Dependency> read_map(Reader& reader, const Node& node) {
  std::vector<Dependency> result;
  for (const Entry& entry : node.entries) {
    if (!entry.key.is_scalar()) continue;
    Dependency dependency{{entry.key.text, entry.key.at}, {}};
    if (!entry.value.is_null()) dependency.condition = read_condition(reader, entry.key, entry.value);
    result.push_back(std::move(dependency));
  }
  return result;
}

std::vector<Dependency> read_list(Reader& reader, const Node& node) {
  std::vector<Dependency> result;
  std::map<std::string_view, Mark> seen;
  for (const Node& item : node.items) {
    if (!item.is_scalar()) {
      reader.error(item.at, fmt::format("an item of \"depends_on\" must be a service's name, not {}", kind_name(item)),
                   "with conditions it is a mapping, without \"-\"");
      continue;
    }
    const auto [first, fresh] = seen.emplace(item.text, item.at);
    if (fresh)
      result.push_back({{item.text, item.at}, {}});
    else
      reader.error(item.at, fmt::format("the service {} is here twice", in_quotes(item.text)))
          .notes.push_back({first->second, "first named here"});
  }
  return result;
}

}  // namespace

Value<std::vector<Dependency>> depends_on() {
  const auto read = [](Reader& reader, const Node& node) -> std::optional<std::vector<Dependency>> {
    if (node.is_map()) return read_map(reader, node);
    if (node.is_sequence()) return read_list(reader, node);
    reader.mismatch(node, "a list of services, or a mapping of them to conditions",
                    node.is_scalar() ? fmt::format("write [{}]", node.text) : "");
    return std::nullopt;
  };
  return {
      {"list of services, or mapping of services to `started`, `ready` or `completed`",
       R"({"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "object", "additionalProperties": {"enum": ["started", "ready", "completed", null]}}]})",
       true},
      read};
}

}  // namespace nsbuild::specs
