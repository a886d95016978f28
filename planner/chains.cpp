#include "planner/chains.hpp"

#include <iterator>
#include <set>
#include <utility>

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

/// What a step's resource needs, before it and after.
std::vector<Key> all_needs(const Step& step) {
  std::vector<Key> all;
  for (const auto* resource : {&step.before, &step.after}) {
    if (!*resource) continue;
    std::vector<Key> some = needs(**resource);
    all.insert(all.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
  }
  return all;
}

/// The namespaces that a step touches.
std::set<Key> places(const Key& key, const std::vector<Key>& needs) {
  std::set<Key> all;
  if (key.kind == kind_index<Namespace>) all.insert(key);
  for (const Key& need : needs)
    if (need.kind == kind_index<Namespace>) all.insert(need);
  return all;
}

bool is_removed_service(const Step& step) {
  return step.verb() == Verb::remove && std::holds_alternative<Service>(*step.before);
}

}  // namespace

std::vector<std::size_t> Chains::add(const Key& key, const Step& step, std::size_t index) {
  std::set<std::size_t> waits;
  const bool independent = is_independent(step);
  const std::vector<Key> needs = all_needs(step);
  for (const Key& place : places(key, needs)) {
    Chain& chain = places_[place];
    if (chain.last) waits.insert(*chain.last);
    if (independent) {
      chain.beside.push_back(index);
      continue;
    }
    waits.insert(chain.beside.begin(), chain.beside.end());
    chain = {index, {}};
  }
  const auto steps_before = latest_.size();
  // Most steps are the first of their resource, and come in the order of keys.
  const auto own = latest_.try_emplace(latest_.end(), key, index);
  if (latest_.size() == steps_before) waits.insert(std::exchange(own->second, index));
  if (independent)
    for (const Key& need : needs)
      if (const auto it = latest_.find(need); it != latest_.end()) waits.insert(it->second);
  // A service ends only when those that depend on it have, and a file that it has mounted goes after it: an apply that
  // finds it running would write another one.
  if (const auto it = leaving_.find(key); it != leaving_.end()) waits.insert(it->second.begin(), it->second.end());
  if (is_removed_service(step))
    for (const Key& need : needs)
      if (need.kind == kind_index<Service> || need.kind == kind_index<Hosts>) leaving_[need].push_back(index);
  // What a service claims must be free: services are no chain, so nothing else says when it is.
  if (independent && step.after)
    for (const std::string& claim : claims(*step.after))
      if (const auto it = freed_.find(claim); it != freed_.end()) waits.insert(it->second);
  if (is_removed_service(step))
    for (const std::string& claim : claims(*step.before)) freed_[claim] = index;
  return {waits.begin(), waits.end()};
}

}  // namespace nsbuild::planner
