// The life of a service's PID 1: furnish the namespaces, start the command, then reap, forward signals and obey orders
// until told to end.
#pragma once
#include "engine/init/wire.hpp"

namespace nsbuild::init {

/// Entered by the child that the spawner cloned, with the descriptors of a LaunchRequest. Never returns.
[[noreturn]] void run_init(const LaunchRequest& request, const int* fds) noexcept;

}  // namespace nsbuild::init
