#include "planner/surroundings.hpp"

#include "planner/address_order.hpp"
#include "planner/diff.hpp"

namespace nsbuild::planner {
namespace {

/// The names of the one or two namespaces that a resource lies in, or (a service) may change.
template <class Each>
void each_place(const Key& key, const Resource& resource, const Each& each) {
  if (const auto* veth = std::get_if<Veth>(&resource)) {
    each(veth->a.place);
    each(veth->b.place);
  } else if (key.kind == kind_index<Namespace>) {
    each(key.id);
  } else if (const auto* service = std::get_if<Service>(&resource)) {
    each(service->place);
  } else if (!key.place.empty()) {
    each(key.place);
  }
}

bool is_of_the_lab(const Key& key) { return key.place.empty() && key.kind != kind_index<Namespace>; }

}  // namespace

PlaceNames differing_places(const State& from, const State& to) {
  PlaceNames places;
  const auto note = [&](const auto& entry) {
    each_place(entry.first, entry.second, [&](const std::string& place) { places.insert(place); });
  };
  auto now = from.begin();
  auto wish = to.begin();
  while (now != from.end() || wish != to.end()) {
    const bool lost = wish == to.end() || (now != from.end() && now->first < wish->first);
    const bool fresh = now == from.end() || (wish != to.end() && wish->first < now->first);
    if (lost || fresh) {
      note(lost ? *now : *wish);
    } else if (!agrees(now->second, wish->second)) {
      note(*now);
      note(*wish);
    }
    if (!fresh) ++now;
    if (!lost) ++wish;
  }
  for (const auto& [key, before] : misplaced_addresses(from, to)) places.insert(key.place);
  return places;
}

PlaceNames touched_places(const Plan& plan) {
  PlaceNames places;
  const auto note = [&](const std::string& place) { places.insert(place); };
  for (const Step& step : plan.steps) {
    for (const auto* resource : {&step.before, &step.after})
      if (*resource) each_place(step.key(), **resource, note);
    // Of a pair the key has only the first end's.
    for (const Key& swept : step.sweeps)
      if (!swept.place.empty()) places.insert(swept.place);
  }
  return places;
}

PlaceNames with_neighbours(const PlaceNames& places, const State& state) {
  PlaceNames all = places;
  for (auto at = state.lower_bound(Key{kind_index<Veth>, "", ""}); at != state.end(); ++at) {
    const auto* veth = std::get_if<Veth>(&at->second);
    if (veth == nullptr) break;
    if (places.contains(veth->a.place)) all.insert(veth->b.place);
    if (places.contains(veth->b.place)) all.insert(veth->a.place);
  }
  return all;
}

State part(const State& state, const PlaceNames& places) {
  State some;
  for (const auto& [key, resource] : state) {
    bool lies_there = is_of_the_lab(key);
    each_place(key, resource, [&](const std::string& place) { lies_there = lies_there || places.contains(place); });
    if (lies_there) some.emplace_hint(some.end(), key, resource);
  }
  return some;
}

}  // namespace nsbuild::planner
