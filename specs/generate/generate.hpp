// Topologies to start from: well-known shapes as the text of a topology file. Numbers in, text out; the same numbers
// always give the same text.
#pragma once
#include <array>
#include <string>
#include <string_view>

namespace nsbuild::specs {

struct Extras {
  bool ipv6 = false;      // beside IPv4
  bool services = false;  // one in every namespace
};

/// A shape, and how large it may be.
struct Shape {
  std::string_view name;
  unsigned least, most;      // of N, both included
  std::string_view meaning;  // of N, in words
  std::string (*write)(unsigned n, const Extras& extras);

  /// The whole file. `n` must be within the limits.
  std::string text(unsigned n, const Extras& extras) const { return write(n, extras); }
};

/// All of them, in the order of the documentation.
const std::array<Shape, 6>& shapes();

}  // namespace nsbuild::specs
