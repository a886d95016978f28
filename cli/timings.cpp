#include "cli/timings.hpp"

#include "engine/timings.hpp"

#include <cstdio>

#include <fmt/format.h>

namespace nsbuild::cli {

void print_timings() {
  if (!engine::timings_started()) return;
  for (const auto& [phase, took] : engine::timings())
    fmt::print(stderr, "nsbuild: {:<8} {:10.3f} ms\n", phase, took.count());
  engine::end_timings();
}

std::string with_timings(std::string json) {
  if (!engine::timings_started()) return json;
  std::string members;
  for (const auto& [phase, took] : engine::timings())
    members += fmt::format("{}    \"{}\": {:.3f}", members.empty() ? "" : ",\n", phase, took.count());
  const auto end = json.rfind("\n}");
  return json.substr(0, end) + ",\n  \"timings\": {\n" + members + "\n  }" + json.substr(end);
}

}  // namespace nsbuild::cli
