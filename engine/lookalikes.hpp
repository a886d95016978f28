// What looks like nsbuild's and is not: somebody's own namespace, device, route, process or file at a name or with half
// a mark of ours. Nobody removes it; who cleans up tells of it.
#pragma once
#include <string>
#include <vector>

namespace nsbuild::engine {

/// A line each: "device up1: has the name of an end of lab edge, and not nsbuild's mark". `labs` are those that are
/// known of. Throws Error when the machine cannot be read.
std::vector<std::string> lookalikes(const std::vector<std::string>& labs);

}  // namespace nsbuild::engine
