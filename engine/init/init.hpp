// The life of a service's PID 1: furnish the namespaces, start the command, then reap, forward signals and obey orders
// until told to end.
#pragma once
#include "engine/init/wire.hpp"

#include <cstddef>

namespace nsbuild::init {

/// Entered by the child that the spawner cloned, with the descriptors of a LaunchRequest. Never returns.
/// `title` is where ps(1) reads the command line from, to be overwritten with `lab/service`.
[[noreturn]] void run_init(const LaunchRequest& request, const int* fds, char* title, std::size_t title_size) noexcept;

}  // namespace nsbuild::init
