#include "specs/read/values.hpp"

#include "specs/references.hpp"
#include "specs/values/name.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

namespace nsbuild::specs {
namespace {

bool is_decimal(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// All of `text` as a number of that base; none when it is not one or too large.
std::optional<std::uint32_t> whole_number(std::string_view text, int base) {
  std::uint32_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// A value that is read from a scalar's text alone.
template <class V>
Value<V> from_text(Type type, std::optional<V> (*read)(Reader&, Mark, std::string_view)) {
  return {type, [read, name = type.name](Reader& reader, const Node& node) -> std::optional<V> {
            if (!node.is_scalar()) {
              reader.mismatch(node, name);
              return std::nullopt;
            }
            return read(reader, node.at, node.text);
          }};
}

std::optional<bool> truth(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  for (const char* yes : {"true", "yes", "on"})
    if (lower == yes) return true;
  for (const char* no : {"false", "no", "off"})
    if (lower == no) return false;
  return std::nullopt;
}

}  // namespace

std::optional<std::string> scalar(Reader& reader, const Node& node, std::string_view expected) {
  if (node.is_scalar()) return node.text;
  reader.mismatch(node, expected);
  return std::nullopt;
}

Value<std::string> text(std::string name) {
  return {{name, R"({"type": ["string", "number", "boolean"]})"},
          [name](Reader& reader, const Node& node) { return scalar(reader, node, name); }};
}

Value<std::string> settled_later(Value<std::string> value) {
  value.read = [now = std::move(value.read)](Reader& reader, const Node& node) {
    return node.is_scalar() && has_reference(node.text) ? std::optional(node.text) : now(reader, node);
  };
  return value;
}

Value<bool> boolean() {
  return {{"boolean", R"({"enum": [true, false, "true", "false", "yes", "no", "on", "off"]})"},
          [](Reader& reader, const Node& node) -> std::optional<bool> {
            if (const auto value = node.is_scalar() ? truth(node.text) : std::nullopt) return value;
            reader.mismatch(node, "true or false");
            return std::nullopt;
          }};
}

Value<std::uint32_t> integer(std::uint32_t least, std::uint32_t most) {
  const std::string name = fmt::format("integer {}..{}", least, most);
  const std::string schema =
      fmt::format(R"({{"type": ["integer", "string"], "minimum": {}, "maximum": {}}})", least, most);
  return {{name, schema}, [least, most](Reader& reader, const Node& node) -> std::optional<std::uint32_t> {
            if (node.is_scalar()) return read_number(reader, node.at, node.text, least, most);
            reader.mismatch(node, fmt::format("an integer from {} to {}", least, most));
            return std::nullopt;
          }};
}

std::optional<std::uint32_t> read_number(Reader& reader, Mark at, std::string_view text, std::uint32_t least,
                                         std::uint32_t most) {
  const auto value = is_decimal(text) ? whole_number(text, 10) : std::nullopt;
  if (value && *value >= least && *value <= most) return value;
  reader.error(
      at, fmt::format("\"{}\" must be an integer from {} to {}, not {}", reader.key(), least, most, in_quotes(text)));
  return std::nullopt;
}

Value<std::uint32_t> mark_number() {
  const auto read = [](Reader& reader, Mark at, std::string_view text) -> std::optional<std::uint32_t> {
    const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
    const auto value = hexadecimal ? whole_number(text.substr(2), 16) : whole_number(text, 10);
    if (!value)
      reader.error(at, fmt::format("\"{}\" must be a number such as 7 or 0x7, not {}", reader.key(), in_quotes(text)));
    return value;
  };
  return from_text<std::uint32_t>({"number, decimal or 0x…", R"({"type": ["integer", "string"]})"}, read);
}

Value<std::uint32_t> routing_table() {
  return from_text<std::uint32_t>(
      {"integer 1..4294967295, or main, local, default", R"({"type": ["integer", "string"]})"}, read_table_name);
}

std::optional<std::uint32_t> read_table_name(Reader& reader, Mark at, std::string_view text) {
  // rtnetlink(7): RT_TABLE_DEFAULT, RT_TABLE_MAIN, RT_TABLE_LOCAL
  if (text == "default") return 253;
  if (text == "main") return 254;
  if (text == "local") return 255;
  const auto value = is_decimal(text) ? whole_number(text, 10) : std::nullopt;
  if (value && *value != 0) return value;
  reader.error(
      at, fmt::format("a routing table must be a number from 1, or main, local or default, not {}", in_quotes(text)));
  return std::nullopt;
}

Value<std::uint32_t> file_mode() {
  return from_text<std::uint32_t>({"octal digits, up to 7777", R"({"type": ["integer", "string"]})"}, read_mode);
}

std::optional<std::uint32_t> read_mode(Reader& reader, Mark at, std::string_view text) {
  const bool prefixed = text.starts_with("0o");
  const auto value = whole_number(text.substr(prefixed ? 2 : 0), 8);
  if (value && *value <= 07777) return value;
  reader.error(at, fmt::format("a mode must be octal digits such as 0644, not {}", in_quotes(text)));
  return std::nullopt;
}

Value<std::string> tmpfs_size() {
  return from_text<std::string>(
      {"bytes, or with k, m, g or %",
       R"({"type": ["integer", "string"], "minimum": 1, "pattern": "^[0-9]+[kKmMgG%]?$|[$]"})"},
      read_size);
}

std::optional<std::string> read_size(Reader& reader, Mark at, std::string_view text) {
  // tmpfs(5), size=
  std::string_view digits = text;
  if (!digits.empty() && std::string_view("kKmMgG%").find(digits.back()) != std::string_view::npos)
    digits.remove_suffix(1);
  if (is_decimal(digits) && digits.find_first_not_of('0') != std::string_view::npos) return std::string(text);
  reader.error(at, fmt::format("a size must be bytes, or a number with k, m, g or %, not {}", in_quotes(text)));
  return std::nullopt;
}

Value<std::string> owner() {
  const auto read = [](Reader& reader, Mark at, std::string_view text) -> std::optional<std::string> {
    const std::size_t colon = text.find(':');
    const std::string_view user = text.substr(0, colon);
    const std::string_view group = colon == std::string_view::npos ? "-" : text.substr(colon + 1);
    const bool fine = !user.empty() && !group.empty() && group.find(':') == std::string_view::npos &&
                      text.find_first_of(" \t\n/") == std::string_view::npos;
    if (fine) return std::string(text);
    reader.error(
        at, fmt::format("\"{}\" must be user or user:group, names or numbers, not {}", reader.key(), in_quotes(text)));
    return std::nullopt;
  };
  return from_text<std::string>({"user or user:group", R"({"type": ["string", "integer"]})"}, read);
}

Value<std::string> absolute_path() {
  return from_text<std::string>({"absolute path", R"({"type": "string"})"}, read_absolute_path);
}

std::optional<std::string> read_absolute_path(Reader& reader, Mark at, std::string_view text) {
  if (has_reference(text)) return std::string(text);
  std::string result;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find('/', from), text.size());
    const std::string_view component = text.substr(from, end - from);
    if (component == "..") {
      reader.error(at, fmt::format("\"..\" in the path {}", in_quotes(text)), "write the path that it leads to");
      return std::nullopt;
    }
    if (!component.empty() && component != ".") result.append("/").append(component);
    from = end + 1;
  }
  if (text.starts_with('/')) return result.empty() ? "/" : result;
  reader.error(at, fmt::format("{} must be an absolute path", in_quotes(text)), "start it with \"/\"");
  return std::nullopt;
}

Value<std::string> hostname() {
  const auto read = [](Reader& reader, Mark at, std::string_view text) -> std::optional<std::string> {
    const auto fits = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
             c == '_';
    };
    // sethostname(2): at most HOST_NAME_MAX bytes
    if (!text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), fits)) return std::string(text);
    reader.error(
        at, fmt::format("a hostname has 1 to 64 letters, digits, \".\", \"-\" or \"_\", unlike {}", in_quotes(text)));
    return std::nullopt;
  };
  return from_text<std::string>({"hostname", R"({"type": ["string", "integer"]})"}, read);
}

bool check_name(Reader& reader, Mark at, std::string_view name, std::string_view what) {
  if (!has_name_characters(name)) {
    reader.error(at, fmt::format("{} is not a name for a {}", in_quotes(name), what),
                 "names have letters, digits, \"_\" and \"-\"");
    return false;
  }
  if (name.size() <= longest_name) return true;
  reader.error(at, fmt::format("the {} name {} is too long", what, in_quotes(name)),
               fmt::format("at most {} bytes", longest_name));
  return false;
}

std::string enum_schema(const std::vector<std::string_view>& names) {
  return fmt::format(R"({{"enum": ["{}"]}})", fmt::join(names, R"(", ")"));
}

}  // namespace nsbuild::specs
