// The table that each kind of resource is described by: every field is named once, and diff, JSON, explanation and
// replace-or-change follow.
#pragma once
#include <string_view>
#include <tuple>

namespace nsbuild::planner {

/// What a difference in a field means.
enum class Trait {
  key,    // part of the identity: a difference is another resource
  fixed,  // cannot change in place: a difference replaces the resource
  live,   // changes in place; an unset std::optional in the wish means "leave alone" and never differs
  exact,  // changes in place; an unset std::optional means "none" and does differ
  words,  // changes in place; text that is compared word by word, whatever the white space between
  mark,   // whether the object carries our mark: false -> true is an adoption
  birth,  // only used when the resource is made; never compared
};

template <class Owner, class T>
struct Field {
  std::string_view name;  // as users know it: "mtu"
  T Owner::*member;
  Trait trait = Trait::live;
};

template <class Owner, class T>
Field(const char*, T Owner::*) -> Field<Owner, T>;
template <class Owner, class T>
Field(const char*, T Owner::*, Trait) -> Field<Owner, T>;

}  // namespace nsbuild::planner
