// Asking a network namespace for its sockets by sock_diag(7): no connection is made, nobody notices.
#pragma once
#include "engine/linux/netlink.hpp"

#include <sys/types.h>

namespace nsbuild::engine {

/// A sock_diag socket in the network namespace of that process. It holds the namespace alive, so it is for one look.
Netlink sockets_of(pid_t pid);

}  // namespace nsbuild::engine
