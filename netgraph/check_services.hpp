// What is wrong with services and their names once everything in them is resolved.
#pragma once
#include "netgraph/draft.hpp"

namespace nsbuild::netgraph {

/// The kernel leaves undefined what two overlays on one upper do (overlayfs.rst, "Sharing and copying layers").
void check_uppers(Draft& draft);
/// Of equal names only the first resolves.
void check_names(Draft& draft);

}  // namespace nsbuild::netgraph
