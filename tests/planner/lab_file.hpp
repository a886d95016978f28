// The product's language in tests: a topology as YAML in, what the planner makes of it out.
#pragma once
#include "netgraph/netgraph.hpp"
#include "planner/state.hpp"

#include <string>

namespace nsbuild::planner {

struct LabFile {
  std::string lab;
  State wish;
};

/// Reads a topology file; a test failure when it has errors.
LabFile lab_file(const std::string& path);

/// What a topology text asks for. The lab is called `lab`.
State wish_of(const std::string& yaml);

/// The wish as the kernel shows it once it is so: every attribute has a value.
State made(State wish);

/// text(plan(...)) of two topologies, the first one already made.
std::string changes(const std::string& before, const std::string& after);

}  // namespace nsbuild::planner
