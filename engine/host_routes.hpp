// Whose a route on the host is that names no device (blackhole and the like): nothing of it can carry a lab's mark, so
// only the labs' records of this boot tell. No two labs can have the same one.
#pragma once
#include "engine/fd.hpp"
#include "planner/state.hpp"

#include <map>
#include <string>
#include <vector>

namespace nsbuild::engine {

/// By the id of a route on the host (planner::Key), the lab whose record names it.
using RouteOwners = std::map<std::string, std::string>;

/// All labs of this run directory but this one. Throws SysError when a record cannot be read.
RouteOwners routes_of_other_labs(const std::string& lab);

/// A line for each route that the wish has on the host, of whatever type, where another lab has one.
std::vector<std::string> taken_routes(const planner::State& wish, const RouteOwners& others);

/// One lab at a time writes down such routes: of two that want the same one at the same moment, one sees the other's
/// record. Held until the descriptor is closed. Throws SysError.
Fd lock_host_routes();

}  // namespace nsbuild::engine
