// YAML text into a tree: duplicate keys, tags, depth, size and alias bombs are dealt with here, and what is malformed
// is explained in this program's own words.
#pragma once
#include "specs/variables.hpp"
#include "specs/yaml/node.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nsbuild::specs {

/// Deeper than any topology, and far from what a stack holds.
inline constexpr std::size_t deepest_nesting = 64;
/// A file of ten thousand namespaces has about 3 MB.
inline constexpr std::size_t largest_file = std::size_t{16} << 20U;

/// The one document of `sources`' text number `file`, variables replaced, aliases and merge keys expanded. None when
/// there is an error that leaves no tree; other errors only go to `diagnostics`.
std::optional<Node> parse_yaml(std::uint32_t file, std::string_view text, Variables& variables, Sources& sources,
                               Diagnostics& diagnostics);

/// Drops a byte order mark and checks that the rest is UTF-8 text without control characters, with a sane number of
/// open brackets; reports the first fault, and says whether there was none.
bool check_text(std::string& text, std::uint32_t file, Diagnostics& diagnostics);

/// A scalar in `{}` or `[]` that had to be quoted: it holds a bracket or ends in a colon.
struct Unquoted {
  std::size_t offset = 0;
  std::size_t length = 0;
};
/// Those of the flow collection that starts at `start`; `text[start]` is `{` or `[`.
std::vector<Unquoted> find_unquoted(std::string_view text, std::size_t start);

/// Replaces aliases by copies of what they mean and `<<` keys by the entries that they bring. False when that would
/// exceed `budget` or never end.
bool expand_aliases(Node& root, Budget& budget, Sources& sources, Diagnostics& diagnostics);

}  // namespace nsbuild::specs
