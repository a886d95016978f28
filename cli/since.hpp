// Points in time as people write them.
#pragma once
#include <chrono>
#include <optional>
#include <string>

namespace nsbuild::cli {

/// "10m", "1h30m", "2d", "500ms" before `now`; "14:30" or "14:30:05" today; "2026-02-28", with "T14:30[:05]" or a blank
/// instead of the T, in local time or with Z or +01:00 behind; "@1772280000" seconds since 1970. None for anything
/// else.
std::optional<std::chrono::system_clock::time_point> parse_since(const std::string& text,
                                                                 std::chrono::system_clock::time_point now);

}  // namespace nsbuild::cli
