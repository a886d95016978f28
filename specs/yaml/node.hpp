// A YAML document as a tree that keeps every scalar as text and every position, so that a key's own type decides what
// its value means.
#pragma once
#include "specs/diagnostics.hpp"
#include "specs/mark.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nsbuild::specs {

struct Entry;

struct Node {
  enum class Kind : std::uint8_t { null, scalar, sequence, map, alias };

  Kind kind = Kind::null;
  bool plain = true;           // a scalar without quotes and not a block (`|`, `>`)
  bool implicit = false;       // the `a: b` of `[a: b]`, a map without braces
  std::uint32_t anchor = 0;    // numbers from 1: of `&name`, or, for Kind::alias, the one meant
  Mark at;                     // a block map's is its first key's
  std::string text;            // of a scalar; of a null that was written (`~`, `null`)
  std::vector<Node> items;     // of a sequence
  std::vector<Entry> entries;  // of a map, in file order

  bool is_null() const { return kind == Kind::null; }
  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_sequence() const { return kind == Kind::sequence; }
  bool is_map() const { return kind == Kind::map; }
};

struct Entry {
  Node key;  // always a scalar
  Node value;
};

/// The entry of that key; null when there is none.
const Entry* find(const Node& map, std::string_view key);

/// How many nodes and bytes of text copying may still make: what stands between a short hostile file and all memory.
struct Budget {
  std::size_t nodes = 1'000'000;
  std::size_t bytes = std::size_t{64} << 20U;

  /// False, with nothing taken, when there is not enough left.
  bool take(std::size_t text_bytes);
};

/// The mark of `length` bytes at `offset` of a scalar's text, where the source shows that text unchanged: on one line,
/// or as a line of a literal block. Otherwise the scalar's own mark.
Mark within(const Sources& sources, const Node& scalar, std::size_t offset, std::size_t length);

/// Text of the user's for a message: what is not printable as `?`, and cut when it is long.
std::string in_quotes(std::string_view text);

}  // namespace nsbuild::specs
