// Work on many namespaces in a few threads at once. Each thread can be in a network namespace of its own (setns(2)),
// and what the kernel does there takes longer than everything around it.
#pragma once
#include <cstddef>
#include <functional>
#include <thread>

namespace nsbuild::engine {

/// More gain nothing: what they wait for is one lock (rtnl_mutex).
inline constexpr unsigned workers_max = 2;

/// Fewer pieces of work are not worth a thread, which costs about as much as asking three namespaces.
inline constexpr std::size_t worth_a_thread = 16;

/// Starts a thread that no signal reaches: they are the first thread's business. One that cannot be joined when there
/// is no room for one more, or no second processor: then the first does all.
std::thread start_worker(std::function<void()> work);

/// Runs each(index, worker) for every index below `count`; `worker` is below workers_max, and no two at once have the
/// same. A few are done in the calling thread alone. Throws what was thrown for the lowest index, when all have ended.
void in_parallel(std::size_t count, const std::function<void(std::size_t index, unsigned worker)>& each);

}  // namespace nsbuild::engine
