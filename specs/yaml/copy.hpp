// Copies of YAML nodes for another place of the document, within a budget, their positions remembering that place.
#pragma once
#include "specs/yaml/node.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace nsbuild::specs {

/// Copies what is written elsewhere to where it is used, at `used`; see Sources::view.
class Copier {
 public:
  Copier(Sources& sources, Budget& budget, Mark used, std::string why)
      : sources_(sources), budget_(budget), used_(used), why_(std::move(why)) {}

  /// False when the budget is used up or the copy would lie deeper than any file may.
  bool copy(const Node& from, Node& to, std::size_t depth = 0);

 private:
  std::uint32_t view(std::uint32_t file);

  Sources& sources_;
  Budget& budget_;
  Mark used_;
  std::string why_;
  std::map<std::uint32_t, std::uint32_t> views_;
};

}  // namespace nsbuild::specs
