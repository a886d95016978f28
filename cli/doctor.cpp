#include "engine/doctor.hpp"

#include "cli/commands.hpp"
#include "cli/exit.hpp"
#include "cli/output.hpp"
#include "cli/timings.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace nsbuild::cli {

namespace {

using engine::Finding;

bool is_well(const std::vector<Finding>& findings) {
  return std::ranges::all_of(findings, [](const Finding& each) { return each.available() || !each.needed; });
}

std::string as_text(const std::vector<Finding>& findings) {
  std::string text = engine::kernel_version() + "\n";
  for (const auto& each : findings) {
    if (each.available())
      text += fmt::format("  yes  {}\n", each.name);
    else
      text += fmt::format("  no   {}: {} (for: {})\n", each.name, each.refusal, each.purpose);
  }
  return text + (is_well(findings) ? "all that nsbuild needs is there\n" : "something that nsbuild needs is missing\n");
}

std::string as_json(const std::vector<Finding>& findings) {
  using Json = nlohmann::ordered_json;
  Json checks = Json::array();
  for (const auto& each : findings)
    checks.push_back({{"name", each.name},
                      {"available", each.available()},
                      {"needed", each.needed},
                      {"purpose", each.purpose},
                      {"refusal", each.available() ? Json() : Json(each.refusal)}});
  const Json document{
      {"version", 1}, {"kernel", engine::kernel_version()}, {"ok", is_well(findings)}, {"checks", checks}};
  return document.dump(2) + "\n";
}

}  // namespace

int Doctor::run() const {
  const auto findings = engine::examine();
  put(json ? with_timings(as_json(findings)) : as_text(findings));
  return is_well(findings) ? exit_code::done : exit_code::failed;
}

}  // namespace nsbuild::cli
