// Walking the field tables: everything generic about a resource (equality, diff, words, JSON) is a function over this.
#pragma once
#include "planner/field.hpp"

#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

namespace nsbuild::planner {

/// A struct with a field table of its own: a resource, a veth's end, a next hop, a mount, a file.
template <class T>
concept Tabled = requires {
  std::tuple_size<std::remove_cvref_t<decltype(T::fields)>>::value;
};

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;

/// Calls `visit(field)` for each row of Owner's table.
template <Tabled Owner, class Visit>
void for_each_field(Visit&& visit) {
  std::apply([&](const auto&... field) { (visit(field), ...); }, Owner::fields);
}

/// The type of the member that a row describes.
template <class Owner, class T>
T member_type(const Field<Owner, T>&);
template <class FieldType>
using MemberOf = decltype(member_type(std::declval<FieldType>()));

}  // namespace nsbuild::planner
