// Names beside the lab's own, and the resolv.conf(5) of namespaces that have their own resolver.
#include "netgraph/draft.hpp"

namespace nsbuild::netgraph {
namespace {

constexpr std::size_t most_servers = 3;  // MAXNS of resolv.conf(5)

std::string resolv_conf(const specs::Dns& dns) {
  std::string text;
  if (!dns.search.empty()) text = "search";
  for (const std::string& domain : dns.search) text += ' ' + domain;
  if (!dns.search.empty()) text += '\n';
  for (const IpAddress& server : dns.servers) text += "nameserver " + server.text() + '\n';
  return text;
}

}  // namespace

void resolve_names(Draft& draft) {
  draft.graph.hosts = draft.spec.hosts;
  for (std::size_t i = 0; i < draft.graph.places.size(); ++i) {
    const specs::Namespace* declared = draft.declared[i];
    if (declared == nullptr) continue;
    draft.graph.places[i].hosts = declared->hosts;
    if (!declared->dns) continue;
    draft.graph.places[i].resolv_conf = resolv_conf(*declared->dns);
    if (declared->dns->servers.size() > most_servers)
      draft.diagnostics.warning(declared->dns->at, "programs ask the first three name servers only");
  }
}

}  // namespace nsbuild::netgraph
