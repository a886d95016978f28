// The types of single values: how a scalar is read, what it is called and what its JSON Schema is.
#pragma once
#include "specs/tables.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace nsbuild::specs {

/// A scalar's text; a list or mapping is a mismatch with `expected` ("a user's name").
std::optional<std::string> scalar(Reader& reader, const Node& node, std::string_view expected);

Value<std::string> text(std::string name = "text");
/// The same, but text that holds `${{...}}` is taken as it is: settle() will see what it comes to.
Value<std::string> settled_later(Value<std::string> value);
Value<bool> boolean();
Value<std::uint32_t> integer(std::uint32_t least, std::uint32_t most);
/// Decimal, or hexadecimal behind 0x.
Value<std::uint32_t> mark_number();
Value<std::uint32_t> routing_table();
Value<std::uint32_t> file_mode();
Value<std::string> tmpfs_size();
Value<std::string> owner();          // user[:group]
Value<std::string> absolute_path();  // of a directory or file inside a service; normalised, settled later
Value<std::string> hostname();
Value<std::string> interface_name();  // what the kernel takes for a device's name
Value<MacAddress> mac();
Value<IpAddress> address();
/// A destination or a selector: an address alone means itself, host bits are an error.
Value<IpPrefix> destination();
/// An interface's address or several, each with its prefix length.
Value<std::vector<Located<IpPrefix>>> interface_addresses();
/// One subnet, or one of each family.
Value<std::vector<Located<IpPrefix>>> subnets();

/// A name of a namespace, network, service or lab: [A-Za-z0-9_-]+, at most longest_name bytes. Reports and says no
/// otherwise.
bool check_name(Reader& reader, Mark at, std::string_view name, std::string_view what);
/// What dev_valid_name() in the kernel's net/core/dev.c takes. Reports and says no otherwise.
bool check_interface_name(Reader& reader, Mark at, std::string_view name);
/// One of the values by name; reports with a suggestion otherwise. The schema is an enum of them.
template <class E>
Value<E> choice(std::vector<std::pair<std::string_view, E>> choices);

// Parts of the above that other syntaxes need, too. They report at `at`.
std::optional<std::uint32_t> read_number(Reader& reader, Mark at, std::string_view text, std::uint32_t least,
                                         std::uint32_t most);
std::optional<std::uint32_t> read_table_name(Reader& reader, Mark at, std::string_view text);
std::optional<IpAddress> read_address(Reader& reader, Mark at, std::string_view text);
std::optional<IpPrefix> read_destination(Reader& reader, Mark at, std::string_view text);
std::optional<IpPrefix> read_interface_address(Reader& reader, Mark at, std::string_view text);
std::optional<std::string> read_absolute_path(Reader& reader, Mark at, std::string_view text);
std::optional<std::uint32_t> read_mode(Reader& reader, Mark at, std::string_view text);
std::optional<std::string> read_size(Reader& reader, Mark at, std::string_view text);

/// The schema of a choice, from its names.
std::string enum_schema(const std::vector<std::string_view>& names);

template <class E>
Value<E> choice(std::vector<std::pair<std::string_view, E>> choices) {
  std::vector<std::string_view> names;
  names.reserve(choices.size());
  for (const auto& each : choices) names.push_back(each.first);
  std::string expected;
  for (const std::string_view name : names) expected += (expected.empty() ? "" : ", ") + std::string(name);
  Value<E> value;
  value.type = {expected, enum_schema(names)};
  value.read = [choices = std::move(choices), names, expected](Reader& reader, const Node& node) -> std::optional<E> {
    for (const auto& [name, meaning] : choices)
      if (node.is_scalar() && node.text == name) return meaning;
    reader.mismatch(node, "one of " + expected, node.is_scalar() ? did_you_mean(node.text, names) : "");
    return std::nullopt;
  };
  return value;
}

}  // namespace nsbuild::specs
