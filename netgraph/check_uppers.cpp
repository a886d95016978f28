// Directories that keep what services write: each is one overlay's.
#include "netgraph/check_services.hpp"

namespace nsbuild::netgraph {

void check_uppers(Draft& draft) {
  std::map<std::string_view, Mark> first;
  for (const Service& service : draft.graph.services) {
    if (service.join) continue;  // it has those of the other
    for (const specs::Mount& mount : service.spec.mounts) {
      if (!mount.upper || mount.upper->value.empty()) continue;
      const auto [other, fresh] = first.try_emplace(mount.upper->value, mount.upper->at);
      if (fresh) continue;
      draft.diagnostics
          .error(mount.upper->at, "a second overlay cannot keep what is written in " + mount.upper->value,
                 "give each overlay a directory of its own")
          .notes.push_back({other->second, "the first one does"});
    }
  }
}

}  // namespace nsbuild::netgraph
