#include "planner/state.hpp"

#include "planner/walk.hpp"

#include <array>
#include <tuple>

namespace nsbuild::planner {
namespace {

template <class Variant>
struct KindNames;
template <class... Kinds>
struct KindNames<std::variant<Kinds...>> {
  static constexpr std::array<std::string_view, sizeof...(Kinds) + 1> all{Kinds::kind..., "interface"};
};

template <class T>
void put_desired(State& state, const netgraph::NetGraph& graph) {
  for (T& resource : T::desire(graph)) put(state, std::move(resource));
}

template <class... Kinds>
State desired_kinds(const netgraph::NetGraph& graph, const std::variant<Kinds...>*) {
  State state;
  (put_desired<Kinds>(state, graph), ...);
  return state;
}

}  // namespace

Key interface_key(const std::string& place, const std::string& dev) { return {interface_kind, "", place + ":" + dev}; }

Key key(const Resource& resource) {
  return std::visit([](const auto& r) { return r.identity(); }, resource);
}

std::vector<Key> needs(const Resource& resource) {
  return std::visit([](const auto& r) { return r.needs(); }, resource);
}

std::vector<Key> owners(const Resource& resource) {
  return std::visit([](const auto& r) { return r.owners(); }, resource);
}

std::vector<std::string> claims(const Resource& resource) {
  return std::visit([](const auto& r) { return r.claims(); }, resource);
}

std::string name(const Key& key) {
  std::string text(KindNames<Resource>::all.at(key.kind));
  // An id that starts with "place:" has said it already.
  if (!key.place.empty() && !key.id.starts_with(key.place + ":")) text += " " + key.place;
  if (!key.id.empty()) text += " " + key.id;
  return text;
}

void put(State& state, Resource resource) {
  if (auto* veth = std::get_if<Veth>(&resource))
    if (std::tie(veth->b.place, veth->b.name) < std::tie(veth->a.place, veth->a.name)) std::swap(veth->a, veth->b);
  Key k = key(resource);
  state.insert_or_assign(std::move(k), std::move(resource));
}

State desired(const netgraph::NetGraph& graph) { return desired_kinds(graph, static_cast<const Resource*>(nullptr)); }

}  // namespace nsbuild::planner
