// How the descriptors that this process may have open (RLIMIT_NOFILE) are shared out. The limit itself is not raised:
// services would inherit it, and programs that use select(2) break above 1024.
#pragma once
#include <cstddef>

namespace nsbuild::engine {

/// In numbers of what takes them; all together they fit below the limit, whatever it is.
struct DescriptorBudget {
  std::size_t places;                  // open at once while there is only a network: a namespace and a socket each
  std::size_t places_beside_services;  // the same from the first service on
  std::size_t watched;                 // pidfds of services that ran before or have started
  std::size_t starts;                  // services that are being started, changed or ended: a pidfd and a channel each
  std::size_t waits;                   // for what is to become ready: two pidfds and a probe each
};

DescriptorBudget descriptor_budget();

}  // namespace nsbuild::engine
