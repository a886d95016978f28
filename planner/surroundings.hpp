// Parts of a state: what lies in some namespaces, and what is next to them. A difference in one namespace of thousands
// is nobody else's business but that of those that are linked to it.
#pragma once
#include "planner/plan.hpp"

#include <set>
#include <string>

namespace nsbuild::planner {

/// Names of namespaces, `host` too.
using PlaceNames = std::set<std::string>;

/// Where two states differ.
PlaceNames differing_places(const State& from, const State& to);

/// Where the steps of a plan do something, what they sweep included.
PlaceNames touched_places(const Plan& plan);

/// These, and those at the other ends of pairs that have one end in them.
PlaceNames with_neighbours(const PlaceNames& places, const State& state);

/// What lies in one of these, with at least one end; and all that is the lab's and no namespace's, which services are.
State part(const State& state, const PlaceNames& places);

}  // namespace nsbuild::planner
