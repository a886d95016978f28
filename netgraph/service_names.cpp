#include "netgraph/service_names.hpp"

#include "netgraph/unknown.hpp"

namespace nsbuild::netgraph {

ServiceNames::ServiceNames(const specs::Spec& spec) {
  for (const specs::Service& service : spec.services) {
    by_name_.emplace(service.name.value, &service);
    if (service.scope) by_short_name_.emplace(std::pair(service.scope->value, service.short_name.value), &service);
  }
}

const specs::Service* ServiceNames::find(const specs::Service& asker, const std::string& word) const {
  if (asker.scope) {
    const auto near = by_short_name_.find({asker.scope->value, word});
    if (near != by_short_name_.end()) return near->second;
  }
  const auto found = by_name_.find(word);
  return found == by_name_.end() ? nullptr : found->second;
}

const specs::Service* ServiceNames::resolve(Draft& draft, const specs::Service& asker,
                                            const specs::Located<std::string>& word) const {
  if (const specs::Service* found = find(asker, word.value)) return found;
  if (draft.spec.lost_names) return nullptr;
  Known known;
  for (const auto& [name, service] : by_name_) known.emplace(name, service->name.at);
  if (asker.scope)
    for (const auto& [name, service] : by_short_name_)
      if (name.first == asker.scope->value) known.emplace(name.second, service->name.at);
  const bool is_place = draft.places.contains(word.value);
  Suggestion suggestion = suggest(word.value, known, is_place ? "that is a namespace" : "");
  draft.diagnostics.error(word.at, "no service \"" + word.value + "\" is declared", suggestion.hint).notes =
      std::move(suggestion.notes);
  return nullptr;
}

const specs::Service* owner_of(const ServiceNames& names, const specs::Service& service) {
  const specs::Service* owner = &service;
  std::set<const specs::Service*> passed;
  while (owner != nullptr && owner->join) {
    if (!passed.insert(owner).second) return nullptr;
    owner = names.find(*owner, owner->join->value);
  }
  return owner;
}

}  // namespace nsbuild::netgraph
