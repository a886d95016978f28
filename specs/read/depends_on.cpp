// What a service waits for: a list of services, or a mapping with a condition for each, in one word or as Compose has
// it.
#include "specs/read/records.hpp"
#include "specs/read/values.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

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

/// Compose's word for a condition, in ours.
std::string condition_hint(const Node& service, const Node& said) {
  std::vector<std::string_view> names;
  for (const Word& each : words) {
    names.push_back(each.ours);
    if (said.text == each.of_compose) return fmt::format("write \"{}: {}\"", service.text, each.ours);
  }
  return said.is_scalar() ? did_you_mean(said.text, names) : "";
}

Value<Condition> conditions() {
  std::vector<std::pair<std::string_view, Condition>> all;
  all.reserve(2 * std::size(words));
  for (const Word& each : words) all.emplace_back(each.of_compose, each.condition);
  for (const Word& each : words) all.emplace_back(each.ours, each.condition);
  return choice<Condition>(std::move(all));
}

const Table<Dependency>& dependency_table() {
  static const Table<Dependency> table{
      {"dependency", "a dependency",
       "The value of a service in the mapping form of `depends_on`, as Compose writes it. Instead of "
       "`{condition: service_healthy}` just `ready` will do."},
      {
          key("condition", &Dependency::condition, conditions(),
              {"what is waited for", "service_healthy", "", {}, true}),
      }};
  return table;
}

/// What Compose has beside the condition would be another promise here.
bool is_only_composes(Reader& reader, const Node& key) {
  static constexpr std::array<std::pair<std::string_view, const char*>, 2> hints{
      {{"restart", "who depends on a service goes on when that is restarted"},
       {"required", "every dependency is required"}}};
  for (const auto& [name, hint] : hints) {
    if (key.text != name) continue;
    reader.error(key.at, fmt::format("{} of a dependency is Compose's alone", in_quotes(name)), hint);
    return true;
  }
  return false;
}

void read_long(Reader& reader, const Node& said, Dependency& dependency) {
  Node rest = said;
  std::erase_if(rest.entries, [&](const Entry& entry) { return is_only_composes(reader, entry.key); });
  read_table(reader, dependency_table(), rest, dependency);
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
    if (entry.value.is_map())
      read_long(reader, entry.value, dependency);
    else if (!entry.value.is_null())
      dependency.condition = read_condition(reader, entry.key, entry.value);
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
      {"list of services, or mapping of services to `started`, `ready`, `completed` or Compose's `{condition: …}`",
       R"({"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "object", "additionalProperties": {"anyOf": [{"enum": ["started", "ready", "completed", null]}, {"$ref": "#/$defs/dependency"}]}}]})",
       true},
      read};
}

TableView dependency_keys() { return view(dependency_table()); }

}  // namespace nsbuild::specs
