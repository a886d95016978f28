// The resource limits of a command (setrlimit(2)), and the words for one that the kernel refuses.
#pragma once
#include "engine/init/base.hpp"

#include <cstdint>

namespace nsbuild::init {

/// The limit that could not be set.
struct LimitFailure {
  const char* name = "";
  int error = 0;
  std::uint64_t hard = 0;     // as it was wanted
  std::uint64_t ceiling = 0;  // what the hard limit cannot be raised above; 0: that was not the reason
};

/// Sets the limits of the calling process from `count` packed Limits. Only system calls: it runs in a vfork child. -1,
/// with the reason in `failure`; the process is then of no more use.
int set_limits(const char* limits, std::size_t count, LimitFailure& failure) noexcept;

/// "rlimit nofile: hard limit 2000000 cannot be raised above 1048576". Null when the arena is used up.
const char* words_of(const LimitFailure& failure, Arena& arena) noexcept;

}  // namespace nsbuild::init
