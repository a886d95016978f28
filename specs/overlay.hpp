// One entry on top of another: what merging means for maps, lists, mounts, files and ends.
#pragma once
#include "specs/yaml/node.hpp"

#include <string_view>

namespace nsbuild::specs {

/// `routes` of `+routes`; nothing for a key that replaces. Profiles never replace one another, so there is no
/// `+profile`: the reader will say that it is unknown.
std::string_view appended_key(std::string_view key);

/// Whether a `+key` stands in this map or in a map of it.
bool has_appends(const Node& map);

class Overlay {
 public:
  /// `kind` is that of the entries. The services in a namespace's entry are merged once more, with what lies below
  /// services: until then their `+key`s stay what they are.
  Overlay(std::string_view kind, Diagnostics& diagnostics) : kind_(kind), diagnostics_(diagnostics) {}

  /// `over` on top of `base`, both maps.
  void lay(Node& base, Node over) { lay(base, std::move(over), {}); }

 private:
  /// Which map it is: the key that it is the value of, the key above that one, and whether `+key`s stay.
  struct Place {
    std::string_view key, above;
    bool keep_appends = false;
  };

  void lay(Node& base, Node over, const Place& place);
  void lay_entry(Node& base, Entry entry, const Place& place);
  void append(Node& base, Entry entry, const Place& place);
  Node fresh(Node value, const Place& place);
  Place below(const Place& place, std::string_view key) const;

  std::string_view kind_;
  Diagnostics& diagnostics_;
};

}  // namespace nsbuild::specs
