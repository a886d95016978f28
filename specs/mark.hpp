// Where a piece of a topology file stands, so that every later stage can still point at it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

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

/// Marks of text that is used elsewhere, see Sources::view, have a `file` from here on.
inline constexpr std::uint32_t first_view = 0x80000000;

/// The names of the files that marks point into, for who has no Sources.
struct FileNames {
  std::vector<std::string> names;    // by Mark::file
  std::vector<std::uint32_t> views;  // by Mark::file - first_view: the file itself

  /// `otherwise` when it is not known.
  const std::string& of(Mark at, const std::string& otherwise) const {
    const std::size_t view = at.file - first_view;
    const std::size_t own = at.file >= first_view && view < views.size() ? views[view] : at.file;
    return own < names.size() ? names[own] : otherwise;
  }
};

/// A value and where it was written. Two are equal when their values are, wherever they stand.
template <class T>
struct Located {
  T value{};
  Mark at;

  bool operator==(const Located& other) const { return value == other.value; }
};

}  // namespace nsbuild::specs
