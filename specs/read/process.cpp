// How a service's process runs, lives and ends: durations, signals, permissions, priority, restarts.
#include "specs/read/records.hpp"
#include "specs/read/values.hpp"

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstring>

#include <fmt/format.h>

namespace nsbuild::specs {
namespace {

using Milliseconds = std::chrono::milliseconds;

constexpr std::int64_t longest = std::int64_t{1000} * 3600 * 1000;  // 1000 hours, in milliseconds

/// The unit at the start of `text` in milliseconds, and its length; none when there is none.
std::optional<std::pair<double, std::size_t>> unit(std::string_view text) {
  if (text.starts_with("ms")) return std::pair{1.0, std::size_t{2}};
  if (text.starts_with('s')) return std::pair{1000.0, std::size_t{1}};
  if (text.starts_with('m')) return std::pair{60'000.0, std::size_t{1}};
  if (text.starts_with('h')) return std::pair{3'600'000.0, std::size_t{1}};
  return std::nullopt;
}

/// "1m30s", "1.5s", "500ms"; a number alone is seconds.
std::optional<Milliseconds> parse_duration(std::string_view text) {
  double total = 0, before = 1e300;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    double number = 0;
    const auto [end, problem] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (problem != std::errc() || text[0] == '-' || !(number < 1e12)) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    auto found = unit(text);
    if (!found && text.empty() && before > 1e299) found = std::pair{1000.0, std::size_t{0}};
    if (!found || found->first >= before) return std::nullopt;  // each unit once, large ones first
    before = found->first;
    total += number * found->first;
    text.remove_prefix(found->second);
  }
  if (total > static_cast<double>(longest)) return Milliseconds{longest + 1};
  // NOLINTNEXTLINE(bugprone-incorrect-roundings): never negative, and llround(3) is of libm, which is kept out
  return Milliseconds{static_cast<std::int64_t>(total + 0.5)};
}

/// SIGRTMIN+n and SIGRTMAX-n, which are the C library's to place (signal(7)).
std::optional<std::int32_t> realtime_signal(std::string_view name) {
  const bool from_least = name.starts_with("RTMIN"), from_most = name.starts_with("RTMAX");
  if (!from_least && !from_most) return std::nullopt;
  const std::string_view rest = name.substr(5);
  int offset = 0;
  if (!rest.empty()) {
    const auto [end, problem] = std::from_chars(rest.data() + 1, rest.data() + rest.size(), offset);
    const bool whole = problem == std::errc() && end == rest.data() + rest.size();
    if (rest[0] != (from_least ? '+' : '-') || !whole || offset < 0) return std::nullopt;
  }
  const int number = from_least ? SIGRTMIN + offset : SIGRTMAX - offset;
  return number >= SIGRTMIN && number <= SIGRTMAX ? std::optional(number) : std::nullopt;
}

std::vector<std::string_view> signal_names() {
  std::vector<std::string_view> names;
  for (int number = 1; number < SIGRTMIN; ++number)
    if (const char* name = ::sigabbrev_np(number)) names.emplace_back(name);
  return names;
}

std::optional<std::int32_t> signal_number(std::string_view text) {
  std::int32_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem == std::errc() && end == text.data() + text.size())
    return number >= 1 && number <= SIGRTMAX ? std::optional(number) : std::nullopt;
  if (text.starts_with("SIG")) text.remove_prefix(3);
  if (const auto realtime = realtime_signal(text)) return realtime;
  for (number = 1; number < SIGRTMIN; ++number)
    if (const char* name = ::sigabbrev_np(number); name != nullptr && text == name) return number;
  return std::nullopt;
}

std::string signal_hint(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  if (text.starts_with("SIG")) text.erase(0, 3);
  const std::string near = did_you_mean(text, signal_names());
  return near.empty() ? "such as SIGTERM, HUP or 2" : near;
}

/// What others call a policy, or how YAML would say `no`.
std::string restart_hint(const Node& node) {
  if (node.text == "unless-stopped") return R"(did you mean "always"? "nsbuild stop" holds until the next apply)";
  if (node.text == "false" || node.text == "off" || node.text == "never") return R"(did you mean "no"?)";
  if (node.text == "true" || node.text == "on" || node.text == "yes") return R"(did you mean "always"?)";
  return did_you_mean(node.text, {"no", "on-failure", "always"});
}

std::optional<Restart> parse_restart(std::string_view text) {
  if (text == "no") return Restart{};
  if (text == "always") return Restart{RestartPolicy::always, 0};
  if (text == "on-failure") return Restart{RestartPolicy::on_failure, 0};
  constexpr std::string_view limited = "on-failure:";
  if (!text.starts_with(limited)) return std::nullopt;
  Restart restart{RestartPolicy::on_failure, 0};
  const char* const last = text.data() + text.size();
  const auto [end, problem] = std::from_chars(text.data() + limited.size(), last, restart.attempts);
  return problem == std::errc() && end == last && restart.attempts > 0 ? std::optional(restart) : std::nullopt;
}

}  // namespace

Value<Milliseconds> duration(Milliseconds least) {
  const auto read = [least](Reader& reader, const Node& node) -> std::optional<Milliseconds> {
    const auto value = node.is_scalar() ? parse_duration(node.text) : std::nullopt;
    if (!value)
      reader.mismatch(node, "a duration", "such as 10s, 500ms or 1m30s; a number alone is seconds");
    else if (*value < least)
      reader.error(node.at, fmt::format("\"{}\" must be at least {} ms", reader.key(), least.count()));
    else if (value->count() > longest)
      reader.error(node.at, fmt::format("\"{}\" must be at most 1000h", reader.key()));
    else
      return value;
    return std::nullopt;
  };
  return {{"duration", R"({"type": ["string", "number"]})"}, read};
}

Value<std::int32_t> signal_to_send() {
  const auto read = [](Reader& reader, const Node& node) -> std::optional<std::int32_t> {
    const auto value = node.is_scalar() ? signal_number(node.text) : std::nullopt;
    if (!value) reader.mismatch(node, "a signal", node.is_scalar() ? signal_hint(node.text) : "such as SIGTERM");
    return value;
  };
  return {{"signal: its name with or without SIG, or its number", R"({"type": ["string", "integer"]})"}, read};
}

Value<Restart> restart_policy() {
  const auto read = [](Reader& reader, const Node& node) -> std::optional<Restart> {
    const auto value = node.is_scalar() ? parse_restart(node.text) : std::nullopt;
    if (!value)
      reader.mismatch(node, "no, on-failure, on-failure:N (N from 1) or always",
                      node.is_scalar() ? restart_hint(node) : "");
    return value;
  };
  return {{"no, on-failure, on-failure:N, always",
           R"({"type": "string", "pattern": "^(no|always|on-failure(:[1-9][0-9]*)?)$|[$]"})"},
          read};
}

Value<std::uint32_t> permission_mask() {
  const auto read = [](Reader& reader, const Node& node) -> std::optional<std::uint32_t> {
    std::uint32_t value = 0;
    const std::string_view text = std::string_view(node.text).substr(node.text.starts_with("0o") ? 2 : 0);
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value, 8);
    // umask(2) looks at the permission bits alone
    if (node.is_scalar() && problem == std::errc() && end == text.data() + text.size() && value <= 0777) return value;
    reader.mismatch(node, "octal digits up to 777", "such as 027");
    return std::nullopt;
  };
  return {{"octal digits, up to 777", R"({"type": ["integer", "string"]})"}, read};
}

Value<std::int32_t> niceness() {
  const auto read = [](Reader& reader, const Node& node) -> std::optional<std::int32_t> {
    std::int32_t value = 0;
    const char* const last = node.text.data() + node.text.size();
    const auto [end, problem] = std::from_chars(node.text.data(), last, value);
    if (node.is_scalar() && problem == std::errc() && end == last && value >= -20 && value <= 19) return value;
    reader.mismatch(node, "an integer from -20 to 19", "-20 is the most favourable to it");
    return std::nullopt;
  };
  return {{"integer -20..19", R"({"type": ["integer", "string"], "minimum": -20, "maximum": 19})"}, read};
}

Value<std::string> group_name() {
  const auto read = [](Reader& reader, const Node& node) -> std::optional<std::string> {
    if (node.is_scalar() && !node.text.empty() && node.text.find_first_of(": \t\n/") == std::string::npos)
      return node.text;
    reader.mismatch(node, "a group's name or number");
    return std::nullopt;
  };
  return {{"group: its name or number", R"({"type": ["string", "integer"]})"}, read};
}

Value<std::vector<Located<std::string>>> group_names() {
  const auto read = [](Reader& reader, const Node& node) -> std::optional<Located<std::string>> {
    if (auto name = settled_later(group_name()).read(reader, node))
      return Located<std::string>{std::move(*name), node.at};
    return std::nullopt;
  };
  return list_of<Located<std::string>>({"list of groups", group_name().type.schema}, "such as [adm, 27]", read);
}

}  // namespace nsbuild::specs
