// A service's spec compiled into what its init does, one primitive operation after the other, each with the words that
// an error of it is told in.
#pragma once
#include "planner/kinds/service.hpp"

#include <string>
#include <vector>

namespace nsbuild::engine {

/// The bytes of a launch memfd (engine/init/wire.hpp). `kept` are mount points of the machine below /sys that stay
/// visible on the service's own sysfs; `hosts` is the machine's path of the file that becomes /etc/hosts.
std::string compile_launch(const planner::Service& service, const std::string& hosts,
                           const std::vector<std::string>& kept);

/// What a visitor of a bare network namespace finds: its /sys, the lab's names in /etc/hosts if `hosts` exists, and
/// over them the files of `etc` (ip-netns(8)'s /etc/netns/<name>, each bound onto /etc) whose targets exist.
std::string compile_visit(const std::string& hosts, const std::string& etc, const std::vector<std::string>& kept);

/// The mounts directly below /sys as this process sees them, each a tree: cgroups, bpf and their like.
std::vector<std::string> mounts_below_sys();

}  // namespace nsbuild::engine
