// A service's log: made for who writes it; and where to begin to read it: at what is still kept of it, at its last
// lines, or at a time.
#pragma once
#include "engine/fd.hpp"
#include "engine/init/wire.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace nsbuild::engine {

using WallTime = std::chrono::system_clock::time_point;

/// For writing at its end; made when it is missing. Throws SysError.
Fd open_log(const std::string& lab, const std::string& service);

/// The first whole line that is kept: its keeper gives the head of a long log back as a hole (engine/init/log.cpp).
std::uint64_t first_line(const Fd& log);

/// Where the last `lines` lines begin, not before `from`. A last line without its end counts.
std::uint64_t last_lines(const Fd& log, std::uint64_t from, std::size_t lines);

/// A line's begin behind which everything is that was written at `since` or later; of what was written in the 8 seconds
/// before, some may be there, too. `times` is what the service's init has noted; without any it is `from`.
std::uint64_t lines_since(const Fd& log, const std::vector<init::LogTime>& times, std::uint64_t from, WallTime since);

}  // namespace nsbuild::engine
