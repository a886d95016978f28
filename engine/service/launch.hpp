// A service's spec compiled into what its init does, one primitive operation after the other, each with the words that
// an error of it is told in.
#pragma once
#include "engine/service/etc_files.hpp"
#include "planner/kinds/service.hpp"

#include <string>
#include <vector>

namespace nsbuild::engine {

/// The bytes of a launch memfd (engine/init/wire.hpp). `kept` are mount points of the machine below /sys that stay
/// visible on the service's own sysfs; `etc` is what lies over the machine's /etc, as far as the service does not bring
/// it itself.
std::string compile_launch(const planner::Service& service, std::vector<EtcFile> etc,
                           const std::vector<std::string>& kept);

/// What a visitor of a bare network namespace finds: its /sys, and those files of `etc` whose targets exist.
std::string compile_visit(const std::vector<EtcFile>& etc, const std::vector<std::string>& kept);

/// The mounts directly below /sys as this process sees them, each a tree: cgroups, bpf and their like.
std::vector<std::string> mounts_below_sys();

}  // namespace nsbuild::engine
