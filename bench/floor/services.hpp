// One `sleep infinity` in each namespace, by nothing but vfork and exec.
#pragma once
#include "bench/floor/lab.hpp"

namespace floor_bench {

struct ServiceTimes {
  double start = 0, kill = 0;  // seconds for all of them
};

/// `isolated`: each in mount, PID, UTS and IPC namespaces of its own, with the mounts that a service of nsbuild has
/// (/proc, /sys, cgroup2, mqueue, /run, /etc/hosts), started from where the pins are not mounted. They are killed
/// again.
ServiceTimes run_services(const Lab& lab, bool isolated);

}  // namespace floor_bench
