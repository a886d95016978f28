// What looks like nsbuild's and is not: somebody's own namespace, device, route, process or file at a name or with half
// a mark of ours. Nobody removes it; who cleans up tells of it.
#pragma once
#include <string>
#include <vector>

namespace nsbuild::engine {

/// A line each: "device up1: has the name of an end of lab edge, and not nsbuild's mark". `labs` are those that are
/// known of. Throws Error when the machine cannot be read.
std::vector<std::string> lookalikes(const std::vector<std::string>& labs);

/// Of these the host's routes that name no device: only a lab's record says whose they are. What a lab whose record is
/// lost has left of them cannot be told from somebody else's. Throws likewise.
std::vector<std::string> routes_of_nobody(const std::vector<std::string>& labs);

}  // namespace nsbuild::engine
