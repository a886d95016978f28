// listmount(2) and statmount(2), since Linux 6.8: the mounts below one mount, without those of all the others, which
// mountinfo has a line for each of.
#pragma once
#include "engine/init/base.hpp"

namespace nsbuild::init {

/// Mount points below the mount that a directory lies on, as paths from our root; they live in the arena. -1 when the
/// kernel does not tell, or when there are more than `room`.
int list_points(Arena& arena, const char* directory, const char** points, int room) noexcept;

}  // namespace nsbuild::init
