// Profiles and defaults: what an entry is once everything below it has been merged in, as YAML, before any type is
// read.
#pragma once
#include "specs/yaml/node.hpp"

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace nsbuild::specs {

class Merger {
 public:
  /// The values of the top-level keys; null when the file has none.
  Merger(const Node* profiles, const Node* defaults, Sources& sources, Diagnostics& diagnostics);

  /// `defaults` of that kind ("link") < the entry's profiles in order < the entry. None when there is nothing to merge
  /// and the entry is what it is. `at` is where the entry stands.
  std::optional<Node> merged(const Node& entry, std::string_view kind, Mark at);

  /// The profiles that entries have named so far, by way of others, too.
  const std::set<std::string, std::less<>>& used() const { return used_; }

 private:
  bool lay(Node& base, const Node& layer, Mark used);
  bool lay_profiles(Node& base, const Node& layer);
  bool lay_profile(Node& base, const Node& name);

  const Node* profiles_;
  const Node* defaults_;
  Sources& sources_;
  Diagnostics& diagnostics_;
  Budget budget_;
  std::string_view kind_;  // of the entry that is being merged
  std::set<std::string, std::less<>> used_;
  std::vector<std::string_view> under_way_;  // profiles that are being laid, outermost first
};

}  // namespace nsbuild::specs
