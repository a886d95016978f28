// Changing a lab as a command does it: with progress, with a way to stop, and with word of how it went.
#pragma once
#include "engine/lock.hpp"
#include "netgraph/netgraph.hpp"
#include "planner/state.hpp"

#include <string>

namespace nsbuild::cli {

/// What the graph asks of the kernel.
planner::State desired(const netgraph::NetGraph& graph);

struct ApplyOptions {
  bool keep = false;       // leave a failed apply for study
  bool take_over = false;  // although the lab is another file's
  bool for_a_run = false;  // refuse a lab that is already up, and note that it is to end with this process
};

/// Makes the kernel agree with the graph. Returns the exit code; what failed, what remains and what was done has been
/// said by then. Needs an Interrupts in place. Throws engine::Error when it was refused before it began.
int apply(const netgraph::NetGraph& graph, const ApplyOptions& options);

/// Waits for who holds the lab, says so, and gives up when it is interrupted.
engine::LockRequest patient_lock();

/// Removes a lab; the same of what it returns and says.
int destroy(const std::string& lab);

}  // namespace nsbuild::cli
