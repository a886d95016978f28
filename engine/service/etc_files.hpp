// What lies over the machine's /etc in a service and for a visitor of a namespace: the lab's names, the namespace's
// resolver, and the files of /etc/netns/<lab>.<namespace>, as ip-netns(8) has them.
#pragma once
#include "planner/kinds/service.hpp"

#include <string>
#include <vector>

namespace nsbuild::engine {

/// A file or directory of the machine. A visitor sees that itself, a service a copy of its own, unless it is live.
struct EtcFile {
  std::string source, target;
  bool make_target = false;  // else it is left out where there is no such file
  bool live = false;         // the lab's: services that run see it change, and none may write it
};

/// The machine's own root is not another one.
bool has_rootfs(const planner::Service& service);

/// For a service; the first one is its /etc/hosts. What the file says wins over /etc/netns.
std::vector<EtcFile> etc_of_service(const std::string& lab, const planner::Service& service);

/// For a visitor of a bare namespace. `hosts` is a hosts file of the machine, which wins over /etc/netns when
/// `says_hosts`.
std::vector<EtcFile> etc_of_visitor(const std::string& lab, const std::string& place, const std::string& hosts,
                                    bool says_hosts);

}  // namespace nsbuild::engine
