#include "cli/since.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <ctime>
#include <string_view>
#include <utility>

namespace nsbuild::cli {

namespace {

using Time = std::chrono::system_clock::time_point;
using std::chrono::seconds;

constexpr std::array units{std::pair{std::string_view("ms"), 0.001},  std::pair{std::string_view("s"), 1.0},
                           std::pair{std::string_view("m"), 60.0},    std::pair{std::string_view("h"), 3600.0},
                           std::pair{std::string_view("d"), 86400.0}, std::pair{std::string_view("w"), 604800.0}};

/// Takes a number from the front; none when there is none.
std::optional<double> take_number(std::string_view& rest) {
  double value = 0;
  const auto [end, problem] = std::from_chars(rest.data(), rest.data() + rest.size(), value, std::chars_format::fixed);
  if (problem != std::errc() || value < 0) return std::nullopt;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  return value;
}

/// "1h30m" in seconds.
std::optional<double> parse_duration(std::string_view rest) {
  if (rest.empty()) return std::nullopt;
  double total = 0;
  while (!rest.empty()) {
    const auto number = take_number(rest);
    const std::string_view unit = rest.substr(0, rest.find_first_of("0123456789."));
    const auto* known = units.begin();
    while (known != units.end() && known->first != unit) ++known;
    if (!number || known == units.end()) return std::nullopt;
    total += *number * known->second;
    rest.remove_prefix(unit.size());
  }
  return total < 1e10 ? std::optional(total) : std::nullopt;
}

/// What is left of the text behind a time in that format; null when it does not fit.
const char* fits(const std::string& text, const char* format, std::tm& time) {
  std::tm parsed = time;
  const char* rest = strptime(text.c_str(), format, &parsed);
  if (rest != nullptr) time = parsed;
  return rest;
}

/// The zone behind a time, "Z" or "+01:00"; local time without one. -1 when it is neither.
std::time_t seconds_of(std::tm time, const std::string& zone) {
  if (zone.empty()) {
    time.tm_isdst = -1;
    return mktime(&time);
  }
  std::tm parsed{};
  const char* rest = strptime(zone.c_str(), "%z", &parsed);
  if (rest == nullptr || *rest != '\0') return -1;
  return timegm(&time) - parsed.tm_gmtoff;
}

std::optional<Time> parse_calendar(const std::string& text, Time now) {
  const std::time_t today = std::chrono::system_clock::to_time_t(now);
  for (const char* format : {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d",
                             "%H:%M:%S", "%H:%M"}) {
    std::tm time{};
    localtime_r(&today, &time);
    time.tm_hour = time.tm_min = time.tm_sec = 0;
    const char* zone = fits(text, format, time);
    if (zone == nullptr) continue;
    const std::time_t at = seconds_of(time, zone);
    if (at != -1) return Time(seconds(at));
  }
  return std::nullopt;
}

}  // namespace

std::optional<Time> parse_since(const std::string& text, Time now) {
  using Fine = std::chrono::duration<double>;
  if (const auto before = parse_duration(text)) return now - std::chrono::duration_cast<Time::duration>(Fine(*before));
  if (text.starts_with('@')) {
    std::string_view rest = std::string_view(text).substr(1);
    const auto at = take_number(rest);
    if (!at || !rest.empty() || *at >= 1e10) return std::nullopt;
    return Time(std::chrono::duration_cast<Time::duration>(Fine(*at)));
  }
  return parse_calendar(text, now);
}

}  // namespace nsbuild::cli
