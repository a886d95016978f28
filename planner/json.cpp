#include "planner/plan.hpp"
#include "planner/walk.hpp"
#include "planner/words.hpp"

#include <nlohmann/json.hpp>

namespace nsbuild::planner {
namespace {

using Json = nlohmann::ordered_json;

Json value_of(const std::string& value) { return value; }
Json value_of(const SharedText& value) { return value.str(); }
Json value_of(bool value) { return value; }
Json value_of(std::uint32_t value) { return value; }
Json value_of(std::int32_t value) { return value; }
Json value_of(std::uint64_t value) { return value; }

Json value_of(const std::vector<std::string>& values) { return values; }

Json value_of(const std::vector<std::pair<std::string, std::string>>& values) {
  Json object = Json::object();
  for (const auto& [name, value] : values) object[name] = value;
  return object;
}

template <Tabled T>
Json value_of(const T& value);

/// Addresses, prefixes and enumerations are their words.
template <class T>
requires requires(const T& value) { words(value); } &&(!Tabled<T>)Json value_of(const T& value) {
  return words(value);
}

template <class T>
Json value_of(const std::optional<T>& value) {
  return value ? value_of(*value) : Json();
}

template <Tabled T>
Json value_of(const std::vector<T>& values) {
  Json array = Json::array();
  for (const T& value : values) array.push_back(value_of(value));
  return array;
}

template <Tabled T>
Json value_of(const T& value) {
  Json object = Json::object();
  for_each_field<T>([&](const auto& field) { object[std::string(field.name)] = value_of(value.*field.member); });
  return object;
}

Json value_of(const Held& resource) {
  if (!resource) return nullptr;
  return std::visit([](const auto& r) { return value_of(r); }, *resource);
}

std::string word(Verb verb) { return verb == Verb::create ? "create" : verb == Verb::change ? "change" : "remove"; }

std::string kind_of(const Step& step) {
  return std::visit([]<class T>(const T&) { return std::string(T::kind); }, step.after ? *step.after : *step.before);
}

Json value_of(const Step& step) {
  Json sweeps = Json::array();
  for (const Key& key : step.sweeps) sweeps.push_back(name(key));
  return {{"verb", word(step.verb())},
          {"kind", kind_of(step)},
          {"name", name(step.key())},
          {"before", value_of(step.before)},
          {"after", value_of(step.after)},
          {"reasons", step.reasons},
          {"sweeps", sweeps},
          {"needs", step.needs}};
}

}  // namespace

std::string json(const Plan& plan) {
  Json steps = Json::array();
  std::map<std::string, std::size_t> counts;
  for (const Step& step : plan.steps) {
    steps.push_back(value_of(step));
    ++counts[word(step.verb())];
  }
  const Json document{
      {"version", 1},
      {"summary", {{"create", counts["create"]}, {"change", counts["change"]}, {"remove", counts["remove"]}}},
      {"point_of_no_return", plan.point_of_no_return},
      {"steps", steps},
  };
  // File contents may be any bytes; JSON is UTF-8.
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace nsbuild::planner
