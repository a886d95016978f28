// The tests' language: a topology as YAML in, the graph as text out.
#pragma once
#include "netgraph/netgraph.hpp"

#include <string>

namespace nsbuild::netgraph {

struct Outcome {
  NetGraph graph;
  specs::Diagnostics diagnostics;
  std::string messages;  // as the user sees them
};

/// Reads and builds a topology; the lab is called `lab` unless the text says otherwise.
Outcome topology(const std::string& yaml);

/// The same of a file, by the name that messages shall have.
Outcome topology_file(const std::string& path);

/// Everything that the graph says, one thing a line.
std::string text(const NetGraph& graph);

/// text() of a topology, or its messages when it has any.
std::string built(const std::string& yaml);

/// Just the messages, without source lines: `error: …` and `hint: …`, one a line.
std::string faults(const std::string& yaml);

}  // namespace nsbuild::netgraph
