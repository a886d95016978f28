// Reads the topology file and all files that it includes, and joins their top levels into one tree.
#pragma once
#include "specs/load.hpp"
#include "specs/variables.hpp"
#include "specs/yaml/node.hpp"

#include <optional>

namespace nsbuild::specs {

/// What files include stands before what they say themselves; keys that start with `x-` are gone. None when a file
/// cannot be read, is not YAML, or includes itself: all of that is reported.
std::optional<Node> read_tree(const LoadOptions& options, Variables& variables, Sources& sources,
                              Diagnostics& diagnostics);

}  // namespace nsbuild::specs
