#include "engine/service/logs.hpp"

#include "cli/commands.hpp"
#include "cli/exit.hpp"
#include "cli/labs.hpp"
#include "cli/since.hpp"
#include "engine/capability.hpp"

#include <fmt/format.h>

namespace nsbuild::cli {

namespace {

std::optional<engine::WallTime> time_of(const std::string& since) {
  if (since.empty()) return std::nullopt;
  const auto time = parse_since(since, std::chrono::system_clock::now());
  if (!time)
    throw UsageError(fmt::format("--since {}: expected how long ago, such as 10m, or a time, such as 14:30", since));
  return time;
}

}  // namespace

int Logs::run() const {
  engine::require_privilege();
  const auto since_then = time_of(since);
  const auto from = choose_target(target);
  if (!engine::open_log(from.lab, from.name)) refuse_unknown("service", from.name, known_services(from.lab));
  engine::print_log({.lab = from.lab, .service = from.name, .follow = follow, .tail = tail, .since = since_then});
  return exit_code::done;
}

}  // namespace nsbuild::cli
