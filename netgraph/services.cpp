// Services: where they run and what their host is called.
#include "netgraph/draft.hpp"
#include "netgraph/unknown.hpp"

namespace nsbuild::netgraph {
namespace {

bool is_new(Draft& draft, const specs::Service& said, std::map<std::string, Mark>& first) {
  const auto [other, fresh] = first.try_emplace(said.name.value, said.name.at);
  if (!fresh && draft.complete) {  // else the reader has seen two equal keys
    draft.diagnostics.error(said.name.at, "service \"" + said.name.value + "\" is declared twice")
        .notes.push_back({other->second, "first declared here"});
  }
  return fresh;
}

}  // namespace

void resolve_services(Draft& draft) {
  std::map<std::string, Mark> first;
  UnknownPlaces unknown;
  for (const specs::Service& said : draft.spec.services) {
    if (!is_new(draft, said, first)) continue;
    const std::string& name = said.namespace_name.value;
    const auto place = draft.places.find(name);
    if (name == host_place) {
      draft.diagnostics.error(said.namespace_name.at, "a service cannot run in the host's namespace",
                              "name a namespace of the lab");
    } else if (place == draft.places.end() || name == switch_place) {
      if (!name.empty()) unknown[name].push_back(said.namespace_name.at);  // empty: the reader has said that it lacks
    } else {
      draft.graph.services.push_back({.name = said.name.value,
                                      .place = place->second,
                                      .hostname = said.hostname ? said.hostname->value : said.name.value,
                                      .spec = said});
    }
  }
  report_unknown(draft, unknown);
}

}  // namespace nsbuild::netgraph
