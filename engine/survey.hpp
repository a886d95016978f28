// Looking at the machine for one lab: which namespaces and host devices are its own, what is in them, and whose things
// stand where it wants to build.
#pragma once
#include "engine/kernel.hpp"
#include "engine/kinds/kinds.hpp"

namespace nsbuild::engine {

/// Marked or declared, as Kernel::observe() says. Throws Error naming every stranger's thing at a declared name.
planner::State survey(Machine& machine, const planner::State& wish, Scope::Depth depth);

/// Whether a namespace of this run directory's lab is there, be it half made.
bool has_own_place(const std::string& lab);

/// Indexes of the lab's devices in the caller's namespace, half-made ones included.
std::set<std::uint32_t> own_host_devices(const OpenPlace& host, const std::string& lab, const Journal& journal);

/// A veth end that a killed apply made and did not come to mark: no alias yet, our group, and a name from the journal.
bool is_half_made(const OpenPlace& host, const LinkMessage& link, const Journal& journal);

}  // namespace nsbuild::engine
