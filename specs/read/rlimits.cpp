// Resource limits of a service, by the names of setrlimit(2).
#include "specs/read/records.hpp"
#include "specs/read/values.hpp"

#include <array>
#include <charconv>

#include <fmt/format.h>

namespace nsbuild::specs {
namespace {

constexpr std::array<std::string_view, 16> limit_names{"as",      "core",     "cpu",        "data",   "fsize", "locks",
                                                       "memlock", "msgqueue", "nice",       "nofile", "nproc", "rss",
                                                       "rtprio",  "rttime",   "sigpending", "stack"};

using Limit = std::optional<std::uint64_t>;  // none is unlimited

Value<Limit> limit() {
  const auto read = [](Reader& reader, const Node& node) -> std::optional<Limit> {
    if (node.is_scalar() && node.text == "unlimited") return Limit();
    std::uint64_t value = 0;
    const char* const last = node.text.data() + node.text.size();
    const auto [end, problem] = std::from_chars(node.text.data(), last, value);
    // RLIM_INFINITY is the largest number of all
    if (node.is_scalar() && problem == std::errc() && end == last && value != ~std::uint64_t{0}) return Limit(value);
    const bool other_word = node.is_scalar() && (node.text == "-1" || node.text == "infinity");
    reader.mismatch(node, "a number or \"unlimited\"", other_word ? "write \"unlimited\"" : "");
    return std::nullopt;
  };
  return {{"number or `unlimited`", R"({"type": ["integer", "string"], "minimum": 0})"}, read};
}

const Table<Rlimit>& rlimit_table() {
  static const Table<Rlimit> table{
      {"rlimit", "a limit",
       "An entry of `rlimits`, by the name of its limit in setrlimit(2), in small letters and without RLIMIT_. Instead "
       "of `{soft: X, hard: X}` just X will do."},
      {
          key("soft", &Rlimit::soft, limit(), {"what holds until the process itself raises it", "1024", "", {}, true}),
          key("hard", &Rlimit::hard, limit(), {"how far it may raise that", "unlimited", "", {"max"}, true}),
      }};
  return table;
}

bool check_limit_name(Reader& reader, const Node& name) {
  const std::vector<std::string_view> known(limit_names.begin(), limit_names.end());
  if (std::find(known.begin(), known.end(), name.text) != known.end()) return true;
  std::string word = name.text;
  for (char& c : word)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (word.starts_with("rlimit_")) word.erase(0, 7);
  const bool only_case = std::find(known.begin(), known.end(), word) != known.end();
  const std::string near = only_case ? fmt::format("did you mean \"{}\"?", word) : did_you_mean(word, known);
  reader.error(name.at, fmt::format("there is no limit {}", in_quotes(name.text)),
               near.empty() ? fmt::format("known: {}", fmt::join(known, ", ")) : near);
  return false;
}

std::optional<Rlimit> read_rlimit(Reader& reader, const Node& name, const Node& value) {
  const Reader::InKey in_key(reader, name.text);
  if (!check_limit_name(reader, name)) return std::nullopt;
  Rlimit result;
  result.name = name.text;
  result.at = name.at;
  const std::size_t errors = reader.errors();
  if (value.is_map()) {
    read_table(reader, rlimit_table(), value, result);
  } else if (auto both = limit().read(reader, value)) {
    result.soft = result.hard = *both;
  }
  if (reader.errors() != errors) return std::nullopt;
  if (result.hard && (!result.soft || *result.soft > *result.hard))
    reader.error(find(value, "soft")->value.at, fmt::format("the soft limit of {} is above the hard one", name.text))
        .notes.push_back({find(value, "hard")->value.at, "the hard limit"});
  return result;
}

}  // namespace

Value<std::vector<Rlimit>> rlimits() {
  const auto read = [](Reader& reader, const Node& node) -> std::optional<std::vector<Rlimit>> {
    if (!node.is_map()) {
      reader.mismatch(node, "a mapping of limits", "such as {nofile: 1024}");
      return std::nullopt;
    }
    std::vector<Rlimit> result;
    for (const Entry& entry : node.entries) {
      if (!entry.key.is_scalar() || entry.value.is_null()) continue;
      if (auto limit = read_rlimit(reader, entry.key, entry.value)) result.push_back(std::move(*limit));
    }
    return result;
  };
  return {
      {"mapping of limits to numbers, `unlimited`, or soft and hard",
       fmt::format(
           R"({{"type": "object", "propertyNames": {}, "additionalProperties": {{"anyOf": [{}, {{"$ref": "#/$defs/rlimit"}}]}}}})",
           enum_schema({limit_names.begin(), limit_names.end()}), limit().type.schema)},
      read};
}

TableView rlimit_keys() { return view(rlimit_table()); }

}  // namespace nsbuild::specs
