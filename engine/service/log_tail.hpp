// The end of a service's log, for the report of its failure.
#pragma once
#include "engine/init/wire.hpp"

#include <string>

namespace nsbuild::engine {

/// What stands behind an error's own words: `; its log ends with` and up to 20 lines, indented, each on a line of its
/// own; "; it has written nothing" when there is none. What stands before `start` is left out.
std::string log_tail(const std::string& lab, const std::string& service, const init::LogPlace& start);

}  // namespace nsbuild::engine
