// Looking at the machine for one lab: which namespaces and host devices are its own, what is in them, and whose things
// stand where it wants to build.
#pragma once
#include "engine/kernel.hpp"
#include "engine/kinds/kinds.hpp"

namespace nsbuild::engine {

/// Marked or declared, as Kernel::observe() says. Throws Error naming every stranger's thing at a declared name.
planner::State survey(Machine& machine, const Scope& scope);

/// The lab's pins, with what is at each: one of this run directory's lab, or somebody else's namespace, link or file.
/// Files that a killed apply left, of which the journal tells, are not among them.
struct Pin {
  std::string name;
  bool is_own = false;
  std::string run_dir{};  // whose lab of this name it marks; "" of what is no lab's
};
std::vector<Pin> pins_of(const std::string& lab);

/// Indexes of the lab's devices in the caller's namespace. Beside those with our alias and group: one in our group that
/// no other lab claims, and that either the journal names (a killed apply did not come to mark it) or that leads into
/// one of `own_places` (somebody changed its alias); and one with our alias that leads there (somebody changed its
/// group).
std::set<std::uint32_t> own_host_devices(Machine& machine, const std::vector<std::string>& own_places,
                                         const Journal& journal);

}  // namespace nsbuild::engine
