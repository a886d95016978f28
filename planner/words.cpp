#include "planner/words.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace nsbuild::planner {
namespace {

constexpr std::array route_types{"unicast", "blackhole", "unreachable", "prohibit"};
constexpr std::array rule_actions{"lookup", "blackhole", "unreachable", "prohibit"};
constexpr std::array mount_types{"bind", "tmpfs", "overlay", "proc", "devpts"};
constexpr std::array run_states{"running", "exited", "stopped", "completed", "restarting"};
constexpr std::array probes{"tcp", "udp", "unix", "file", "command", "log"};
constexpr std::array restart_policies{"no", "on-failure", "always"};
constexpr std::array root_modes{"shared", "private", "read_only"};
constexpr std::array dev_modes{"shared", "minimal"};

template <class Names, class Enum>
std::string named(const Names& names, Enum value) {
  return names.at(static_cast<std::size_t>(value));
}

template <class Names, class Enum>
bool is_named(const Names& names, Enum value) {
  return static_cast<std::size_t>(value) < names.size();
}

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_-./:=,@%+").find(c) != std::string_view::npos;
}

}  // namespace

std::string words(const std::string& value) { return value.empty() ? "none" : value; }
std::string words(const SharedText& value) { return words(value.str()); }
std::string words(std::int32_t value) { return std::to_string(value); }
std::string words(bool value) { return value ? "yes" : "no"; }
std::string words(const IpAddress& value) { return value.text(); }
std::string words(const IpPrefix& value) { return value.text(); }
std::string words(const MacAddress& value) { return value.text(); }
std::string words(Family value) { return value == Family::v4 ? "inet" : "inet6"; }
std::string words(RunState value) { return named(run_states, value); }
std::string words(specs::RouteType value) { return named(route_types, value); }
std::string words(specs::RuleAction value) { return named(rule_actions, value); }
std::string words(specs::MountType value) { return named(mount_types, value); }
std::string words(specs::Probe value) { return named(probes, value); }
std::string words(specs::RestartPolicy value) { return named(restart_policies, value); }
std::string words(specs::RootMode value) { return named(root_modes, value); }
std::string words(specs::DevMode value) { return named(dev_modes, value); }
bool has_words(RunState value) { return is_named(run_states, value); }
bool has_words(specs::MountType value) { return is_named(mount_types, value); }
bool has_words(specs::RestartPolicy value) { return is_named(restart_policies, value); }
bool has_words(specs::RootMode value) { return is_named(root_modes, value); }
bool has_words(specs::DevMode value) { return is_named(dev_modes, value); }

std::string words(const std::vector<std::string>& argv) {
  std::string text;
  for (const std::string& word : argv) text += (text.empty() ? "" : " ") + quoted(word);
  return text;
}

std::string words(const std::vector<std::pair<std::string, std::string>>& environment) {
  std::string text;
  for (const auto& [name, value] : environment) text += (text.empty() ? "" : " ") + name + "=" + quoted(value);
  return text;
}

bool is_long(const std::string& text) { return text.size() > 80 || text.find('\n') != std::string::npos; }

std::string elided(const std::string& text) {
  constexpr std::size_t head = 55, tail = 20;
  std::string line = text;
  std::replace(line.begin(), line.end(), '\n', ' ');
  if (!is_long(line)) return line;
  const auto is_inside = [&](std::size_t at) {
    return (static_cast<unsigned char>(line[at]) & 0xc0U) == 0x80;
  };  // UTF-8
  std::size_t first = head, last = line.size() - tail;
  while (first > 0 && is_inside(first)) --first;
  while (last < line.size() && is_inside(last)) ++last;
  return line.substr(0, first) + " … " + line.substr(last);
}

std::string quoted(const std::string& word) {
  if (!word.empty() && std::all_of(word.begin(), word.end(), is_plain)) return word;
  std::string text = "'";
  for (char c : word) text += c == '\'' ? "'\\''" : std::string(1, c);
  return text + "'";
}

}  // namespace nsbuild::planner
