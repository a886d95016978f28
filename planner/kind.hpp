// What a struct must have to be a kind of resource. A kind that forgets something fails to compile here, and the
// message names what it forgot.
#pragma once
#include "netgraph/netgraph.hpp"
#include "planner/key.hpp"
#include "planner/phase.hpp"

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <variant>
#include <vector>

namespace nsbuild::planner {

class Script;

template <class T>
concept HasKind = requires {
  { T::kind } -> std::convertible_to<std::string_view>;
};
template <class T>
concept HasFields = requires {
  std::tuple_size<std::remove_cvref_t<decltype(T::fields)>>::value;
};
template <class T>
concept HasReversible = requires {
  { T::reversible } -> std::convertible_to<bool>;
};
template <class T>
concept HasIdentity = requires(const T& t) {
  { t.identity() } -> std::same_as<Key>;
};
template <class T>
concept HasNeeds = requires(const T& t) {
  { t.needs() } -> std::same_as<std::vector<Key>>;
};
template <class T>
concept HasOwners = requires(const T& t) {
  { t.owners() } -> std::same_as<std::vector<Key>>;
};
template <class T>
concept HasClaims = requires(const T& t) {
  { t.claims() } -> std::same_as<std::vector<std::string>>;
};
template <class T>
concept HasPhase = requires(const T& t) {
  { t.phase() } -> std::same_as<Phase>;
};
template <class T>
concept HasDesire = requires(const netgraph::NetGraph& graph) {
  { T::desire(graph) } -> std::same_as<std::vector<T>>;
};
template <class T>
concept HasShell = requires(Script& script, const T* t) {
  T::shell(script, t, t);
};

template <class T>
consteval bool kind_is_complete() {
  static_assert(HasKind<T>, "a kind needs `kind`, the word that users know it by");
  static_assert(HasFields<T>, "a kind needs `fields`, the table of its fields");
  static_assert(HasReversible<T>, "a kind needs `reversible`: can its removal be undone without loss?");
  static_assert(HasIdentity<T>, "a kind needs `identity()`, its key");
  static_assert(HasNeeds<T>, "a kind needs `needs()`, what must be there before it");
  static_assert(HasOwners<T>, "a kind needs `owners()`, whose end is its end");
  static_assert(HasClaims<T>, "a kind needs `claims()`, the names that it alone can hold");
  static_assert(HasPhase<T>, "a kind needs `phase()`, when it is made");
  static_assert(HasDesire<T>, "a kind needs `desire()`, what the graph asks for");
  static_assert(HasShell<T>, "a kind needs `shell()`, the commands that do the same");
  return true;
}

template <class Variant>
struct EveryKind;
template <class... Kinds>
struct EveryKind<std::variant<Kinds...>> {
  static constexpr bool complete = (kind_is_complete<Kinds>() && ...);
};
template <class Variant>
consteval bool every_kind_is_complete() {
  return EveryKind<Variant>::complete;
}

/// The index of T among a variant's alternatives.
template <class T, class... Kinds>
consteval std::size_t index_in(const std::variant<Kinds...>*) {
  std::size_t index = 0;
  (void)((std::same_as<T, Kinds> || (++index, false)) || ...);
  return index;
}

}  // namespace nsbuild::planner
