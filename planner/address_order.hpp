// The order of an interface's IPv4 addresses. The first of a subnet is the one that the kernel speaks from, the others
// are its secondaries, in the order in which they were made (net/ipv4/devinet.c); so one that is to stand behind
// another that is made anew has to be made anew itself.
#pragma once
#include "planner/state.hpp"

#include <map>

namespace nsbuild::planner {

/// The addresses that are there, are wished, and stand before one of their subnet that they are to stand behind: each
/// with that one.
std::map<Key, Key> misplaced_addresses(const State& now, const State& wish);

}  // namespace nsbuild::planner
