// The list of when a log was how long: kept by an init, read by nsbuild while it is written.
#pragma once
#include "engine/init/wire.hpp"

namespace nsbuild::init {

/// Adds a time to the list. Those of a file that is kept no more go; `older_inode` is the one that was put aside last.
/// A full list loses times, most of all old ones: to know fewer only means to show more.
void note_time(LogTimes& times, const LogTime& time, std::uint64_t older_inode) noexcept;

}  // namespace nsbuild::init
