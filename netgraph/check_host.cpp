// The caller's own namespace is not the lab's: little may be said of it.
#include "netgraph/draft.hpp"

namespace nsbuild::netgraph {
namespace {

void refuse(Draft& draft, Mark at, const std::string& what) {
  draft.diagnostics.error(at, what, R"("host" is the caller's own namespace: only "routes" may be said of it)");
}

}  // namespace

void check_host(Draft& draft) {
  const auto found = draft.places.find(host_place);
  if (found == draft.places.end() || draft.declared[found->second] == nullptr) return;
  const specs::Namespace& host = *draft.declared[found->second];
  if (host.forwarding) refuse(draft, host.forwarding->at, "the host's forwarding is not the lab's to set");
  if (!host.sysctls.empty()) refuse(draft, host.sysctls.front().key.at, "the host's sysctls are not the lab's to set");
  if (!host.rules.empty()) refuse(draft, host.rules.front().at, "the host's policy rules are not the lab's to set");
  if (!host.interfaces.empty()) {
    refuse(draft, host.interfaces.front().name.at, "the host's own interfaces are not the lab's to configure");
  }
  if (!host.hosts.empty()) refuse(draft, host.hosts.front().name.at, "the host's names are not the lab's to set");
  if (host.dns) refuse(draft, host.dns->at, "the host's resolver is not the lab's to set");
  for (const specs::Route& route : host.routes) {
    if (!route.to.value.is_default()) continue;
    draft.diagnostics.error(route.to.at, "a lab cannot replace the host's default route",
                            "say which addresses lie behind the lab");
  }
}

}  // namespace nsbuild::netgraph
