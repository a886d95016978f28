// Finds `${{...}}` in texts: what the graph knows is put there once it is built, so here they only get a position.
#pragma once
#include "specs/spec.hpp"
#include "specs/yaml/node.hpp"

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace nsbuild::specs {

/// A `${{...}}`, which may hold further ones, or a `$${{`, which stands for a literal `${{`.
struct Reference {
  std::size_t offset = 0;
  std::size_t length = 0;
  bool literal = false;
  bool closed = true;  // without `}}` it has all of the text that is left

  /// What stands between the braces, without white space around it.
  std::string_view body(std::string_view text) const;
};

/// The first words of references that are no names of values.
const std::vector<std::string_view>& own_references();

/// The first one from `from` on.
std::optional<Reference> find_reference(std::string_view text, std::size_t from = 0);

/// Whether a text holds one, so that what it comes to is not known yet.
inline bool has_reference(std::string_view text) { return text.find("${{") != std::string_view::npos; }

/// The outermost references of a scalar, or of all scalars below a node, keys included, each as it stands.
std::vector<Located<std::string>> references_in(const Sources& sources, const Node& node);

}  // namespace nsbuild::specs
