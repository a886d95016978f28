// Whose a setting below /proc/sys is: the namespace's, or the machine's.
#pragma once
#include "netgraph/sysctl_key.hpp"

#include <string>

namespace nsbuild::netgraph {

/// Why a namespace cannot have this setting, as a hint; empty when it can. What depends on the kernel's version or
/// modules is taken to be possible.
std::string foreign_sysctl(const SysctlKey& key);

}  // namespace nsbuild::netgraph
