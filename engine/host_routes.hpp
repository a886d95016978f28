// Whose a route on the host is. One through a lab's device is that lab's; one that names no device (blackhole and the
// like) has nothing that could carry a mark, so only the labs' records of this boot tell. No two labs have the same.
#pragma once
#include "engine/fd.hpp"
#include "engine/linux/places.hpp"
#include "planner/state.hpp"

#include <map>
#include <string>
#include <vector>

namespace nsbuild::engine {

/// By the id of a route on the host (planner::Key) that names no device, the lab whose record tells of it.
using RouteOwners = std::map<std::string, std::string>;

/// All labs of this run directory but this one. Throws SysError when a record cannot be read.
RouteOwners routes_of_other_labs(const std::string& lab);

/// One that the wish has on the host, and that is another lab's, in words.
struct TakenRoute {
  planner::Key key;
  std::string words;
};

/// Those, of whatever type, where another lab has one that names no device.
std::vector<TakenRoute> taken_routes(const planner::State& wish, const RouteOwners& others);

/// Those that go through a device of another lab now, as `seen` says.
std::vector<TakenRoute> routes_through_others(const planner::State& wish, const planner::State& seen,
                                              const OpenPlace& host, const std::string& lab);

std::vector<std::string> words_of(const std::vector<TakenRoute>& routes);

/// One lab at a time writes down such routes: of two that want the same one at the same moment, one sees the other's
/// record. Held until the descriptor is closed. Throws SysError.
Fd lock_host_routes();

}  // namespace nsbuild::engine
