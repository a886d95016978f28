// How values are said to people: one short word or phrase each, the same in plans, progress and errors.
#pragma once
#include "planner/kinds/ready.hpp"
#include "planner/kinds/service.hpp"
#include "planner/shared_text.hpp"
#include "planner/walk.hpp"
#include "specs/spec.hpp"
#include "specs/values/ip.hpp"

#include <concepts>
#include <string>
#include <utility>
#include <vector>

namespace nsbuild::planner {

std::string words(const std::string& value);  // "none" when empty
std::string words(const SharedText& value);
std::string words(bool value);
std::string words(std::int32_t value);
template <std::unsigned_integral T>
std::string words(T value) {
  return std::to_string(value);
}
std::string words(const IpAddress& value);
std::string words(const IpPrefix& value);
std::string words(const MacAddress& value);
std::string words(Family value);
std::string words(RunState value);
std::string words(specs::RouteType value);
std::string words(specs::RuleAction value);
std::string words(specs::MountType value);
std::string words(specs::Probe value);
std::string words(specs::RestartPolicy value);
std::string words(specs::RootMode value);
std::string words(specs::DevMode value);
/// Whether it is one of its kind's values: what was read from a record need not be.
bool has_words(RunState value);
bool has_words(specs::MountType value);
bool has_words(specs::RestartPolicy value);
bool has_words(specs::RootMode value);
bool has_words(specs::DevMode value);
std::string words(const std::vector<std::string>& argv);
std::string words(const std::vector<std::pair<std::string, std::string>>& environment);

template <Tabled T>
std::string words(const T& value);

template <class T>
std::string words(const std::optional<T>& value) {
  return value ? words(*value) : "none";
}

template <Tabled T>
std::string words(const std::vector<T>& values) {
  std::string text;
  for (const T& value : values) text += (text.empty() ? "" : ", ") + words(value);
  return text.empty() ? "none" : text;
}

/// "via 10.0.0.1 dev eth0": what is not as in a default-made one.
template <Tabled T>
std::string words(const T& value) {
  std::string text;
  const T plain{};
  for_each_field<T>([&](const auto& field) {
    const auto& member = value.*field.member;
    if (member == plain.*field.member) return;
    text += (text.empty() ? "" : " ") + std::string(field.name) + " " + words(member);
  });
  return text;
}

/// Too long, or of several lines.
bool is_long(const std::string& text);
/// What fits on a line of a long text: its beginning and its end, line breaks as blanks.
std::string elided(const std::string& text);

/// A word as a POSIX shell reads it back; left bare when that is safe.
std::string quoted(const std::string& word);

}  // namespace nsbuild::planner
