// Ranges: `h[1-50]` in an entry makes many entries of it, all its ranges side by side. docs/language.md says where a
// range is one; anywhere else brackets are text.
#pragma once
#include "specs/yaml/node.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nsbuild::specs {

/// No range is longer.
inline constexpr std::size_t longest_range = 100'000;

/// What brackets mean: always a range (names cannot hold any), a range when they look like one, or the same but only in
/// an entry whose name has a range (free text otherwise).
enum class Brackets : std::uint8_t { name, value, free };

/// Where in an entry's mapping ranges are looked for: below these keys.
struct RangePlace {
  std::string_view key;
  Brackets brackets;
};

/// What an entry becomes, one after the other, so that ten thousand never lie side by side as YAML.
class Expansion {
 public:
  /// How many entries it makes; 1 when there is no range in it.
  std::size_t size() const { return size_; }
  bool has_ranges() const { return ranged_; }
  /// The name and the value of number `index`.
  Entry at(std::size_t index) const;

 private:
  friend class Ranges;
  const Entry* entry_ = nullptr;
  const std::vector<RangePlace>* places_ = nullptr;
  std::size_t size_ = 1;
  bool ranged_ = false;
};

class Ranges {
 public:
  Ranges(const Sources& sources, Diagnostics& diagnostics) : sources_(sources), diagnostics_(diagnostics) {}

  /// `entry` and `places` must outlive the result. None when its ranges are wrong, which is reported at the range.
  std::optional<Expansion> expand(const Entry& entry, const std::vector<RangePlace>& places);
  /// Each text of a list, and each key of a mapping with its value, in whose place there are then many. A wrong one is
  /// reported and left out.
  void expand_items(Node& collection);

 private:
  class Count;
  bool afford(const Entry& entry, std::size_t times);
  std::vector<Entry> many(const Entry& entry);

  const Sources& sources_;
  Diagnostics& diagnostics_;
  Budget budget_{4'000'000, std::size_t{256} << 20U};  // of nodes that ranges make, over all files
};

}  // namespace nsbuild::specs
