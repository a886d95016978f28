// Orders to a service that is there, beside the steps of a plan: start, stop, restart, and that it was found ready; and
// the end of what a killed nsbuild has begun to start.
#pragma once
#include "engine/fd.hpp"
#include "engine/kernel.hpp"
#include "engine/service/services.hpp"

#include <string>

namespace nsbuild::engine {

enum class Control { start, stop, restart };

/// Does it and waits until it is done: until the command was started, of a oneshot has completed, or has ended with all
/// that it left. `start` of one that runs and `stop` of one that does not are fine. The Outcome's id is 0.
Outcome control_service(const std::string& lab, const std::string& service, Control control);

/// Ends the inits and supervisors that have not started their command. For the holder of the lab's lock, before it
/// starts anything itself: then they are those of an nsbuild that was killed. Throws Error when one does not end.
void end_half_started(const std::string& lab);

/// Lets the service's init remember that the process of its start number `starts` was found ready by the definition
/// with this hash; RunningService tells it to whoever looks next. `init` is its pidfd. Returns why not; "" on success.
std::string confirm_ready(const Fd& init, std::uint64_t starts, std::uint64_t hash);

}  // namespace nsbuild::engine
