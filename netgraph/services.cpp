// Services: where they run and what their host is called.
#include "netgraph/draft.hpp"

namespace nsbuild::netgraph {

void resolve_services(Draft& draft) {
  for (const specs::Service& said : draft.spec.services) {
    const auto place = draft.places.find(said.namespace_name.value);
    if (place == draft.places.end()) {
      draft.diagnostics.error(said.namespace_name.at, "unknown namespace \"" + said.namespace_name.value + "\"");
      continue;
    }
    draft.graph.services.push_back({.name = said.name.value,
                                    .place = place->second,
                                    .hostname = said.hostname ? said.hostname->value : said.name.value,
                                    .spec = said});
  }
}

}  // namespace nsbuild::netgraph
