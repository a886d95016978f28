// Where a piece of a topology file stands, so that every later stage can still point at it.
#pragma once
#include <cstdint>
#include <string>
#include <utility>

namespace nsbuild::specs {

/// A span of source text. `line` and `column` count from 1 (columns in bytes); line 0 means "nowhere in particular".
/// `file` indexes `Sources`; `length` is in bytes, at least 1, for the underline below the caret.
struct Mark {
  std::uint32_t file = 0;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::uint32_t length = 1;

  explicit operator bool() const { return line != 0; }
  auto operator<=>(const Mark&) const = default;
};

/// A value and where it was written. Two are equal when their values are, wherever they stand.
template <class T>
struct Located {
  T value{};
  Mark at;

  bool operator==(const Located& other) const { return value == other.value; }
};

}  // namespace nsbuild::specs
