// Services: where they run, what their host is called, and whom they join.
#include "netgraph/draft.hpp"
#include "netgraph/join_limit.hpp"
#include "netgraph/service_names.hpp"
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

/// The place that a service names; none when there is no such place, or no name, as with `join`.
std::optional<std::size_t> own_place(Draft& draft, const specs::Service& said, UnknownPlaces& unknown) {
  const std::string& name = said.namespace_name.value;
  if (name.empty()) return std::nullopt;  // the reader has seen to it that one of the two is there
  const auto place = draft.places.find(name);
  if (name == host_place) {
    draft.diagnostics.error(said.namespace_name.at, "a service cannot run in the host's namespace",
                            "name a namespace of the lab");
  } else if (place == draft.places.end() || name == switch_place) {
    unknown[name].push_back(said.namespace_name.at);
  } else {
    return place->second;
  }
  return std::nullopt;
}

void add_service(Draft& draft, const specs::Service& said, const specs::Service& owner, std::size_t place) {
  draft.services.emplace(&said, draft.graph.services.size());
  draft.graph.services.push_back({.name = said.name.value,
                                  .place = place,
                                  .hostname = owner.hostname ? owner.hostname->value : owner.name.value,
                                  .spec = said});
}

/// Those that join may stand before those that they join.
void resolve_joins(Draft& draft, const ServiceNames& names) {
  std::map<std::size_t, std::size_t> joined;
  for (const specs::Service& said : draft.spec.services) {
    const auto joiner = draft.services.find(&said);
    if (!said.join || joiner == draft.services.end()) continue;
    const auto owner = draft.services.find(owner_of(names, said));
    if (owner == draft.services.end()) continue;
    draft.graph.services[joiner->second].join = owner->second;
    if (++joined[owner->second] == joined_max + 1)
      draft.diagnostics.error(said.join->at, "more than " + std::to_string(joined_max) + " services join \"" +
                                                 owner->first->name.value + '"');
  }
}

}  // namespace

void resolve_services(Draft& draft) {
  const ServiceNames names(draft.spec);
  std::map<std::string, Mark> first;
  std::vector<const specs::Service*> fresh;
  std::map<const specs::Service*, std::size_t> places;
  UnknownPlaces unknown;
  for (const specs::Service& said : draft.spec.services) {
    if (!is_new(draft, said, first)) continue;
    fresh.push_back(&said);
    if (said.join)
      names.resolve(draft, said, *said.join);
    else if (const auto place = own_place(draft, said, unknown))
      places.emplace(&said, *place);
  }
  for (const specs::Service* said : fresh) {
    const specs::Service* owner = owner_of(names, *said);
    if (const auto place = places.find(owner); place != places.end()) add_service(draft, *said, *owner, place->second);
  }
  resolve_joins(draft, names);
  report_unknown(draft, unknown);
}

}  // namespace nsbuild::netgraph
