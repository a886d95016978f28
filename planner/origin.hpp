// Where in the topology a resource was asked for, as errors of its making say it.
#pragma once
#include "netgraph/netgraph.hpp"

#include <string>

namespace nsbuild::planner {

/// `topo.yaml:12`; `-` stands for standard input.
std::string origin_of(const netgraph::NetGraph& graph, const specs::Mark& at);

}  // namespace nsbuild::planner
