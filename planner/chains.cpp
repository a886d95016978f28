#include "planner/chains.hpp"

#include <set>

namespace nsbuild::planner {
namespace {

/// Whether several of them in one place may be under way at once.
bool is_independent(const Step& step) {
  return std::visit(
      [&]<class T>(const T&) {
        if constexpr (std::same_as<T, Service> || std::same_as<T, Ready>) return true;
        return !T::reversible && !std::same_as<T, Namespace> && step.verb() == Verb::remove;
      },
      step.after ? *step.after : *step.before);
}

/// The namespaces that a step touches.
std::set<Key> places(const Step& step) {
  std::set<Key> all;
  for (const auto* resource : {&step.before, &step.after}) {
    if (!*resource) continue;
    if (std::holds_alternative<Namespace>(**resource)) all.insert(key(**resource));
    for (const Key& need : needs(**resource))
      if (need.kind == kind_index<Namespace>) all.insert(need);
  }
  return all;
}

bool is_removed_service(const Step& step) {
  return step.verb() == Verb::remove && std::holds_alternative<Service>(*step.before);
}

}  // namespace

std::vector<std::size_t> Chains::add(const Step& step, std::size_t index) {
  std::set<std::size_t> waits;
  const bool independent = is_independent(step);
  for (const Key& place : places(step)) {
    Chain& chain = places_[place];
    if (chain.last) waits.insert(*chain.last);
    if (independent) {
      chain.beside.push_back(index);
      continue;
    }
    waits.insert(chain.beside.begin(), chain.beside.end());
    chain = {index, {}};
  }
  if (const auto it = latest_.find(step.key()); it != latest_.end()) waits.insert(it->second);
  for (const auto* resource : {&step.before, &step.after})
    if (*resource)
      for (const Key& need : needs(**resource))
        if (const auto it = latest_.find(need); it != latest_.end() && independent) waits.insert(it->second);
  // A service ends only when those that depend on it have.
  if (const auto it = leaving_.find(step.key()); it != leaving_.end())
    waits.insert(it->second.begin(), it->second.end());
  if (is_removed_service(step))
    for (const Key& need : needs(*step.before))
      if (need.kind == kind_index<Service>) leaving_[need].push_back(index);
  latest_[step.key()] = index;
  return {waits.begin(), waits.end()};
}

}  // namespace nsbuild::planner
