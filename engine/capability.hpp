// What the calling process may do to the machine, asked before anything is done.
#pragma once

namespace nsbuild::engine {

/// capabilities(7), by their kernel numbers.
enum class Capability { net_admin = 12, sys_admin = 21, sys_resource = 24 };

/// Whether it is effective (capget(2)). Throws SysError when that cannot be told.
bool has(Capability capability);

/// Throws Error in words that help unless there are CAP_SYS_ADMIN and CAP_NET_ADMIN, and unless the run directory is
/// nobody else's: with privilege, what somebody put there could lead anywhere.
void require_privilege();

}  // namespace nsbuild::engine
