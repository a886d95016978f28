#include "specs/merge.hpp"

#include "specs/overlay.hpp"
#include "specs/suggest.hpp"
#include "specs/yaml/copy.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace nsbuild::specs {
namespace {

constexpr Budget merging_budget{2'000'000, std::size_t{128} << 20U};

}  // namespace

Merger::Merger(const Node* profiles, const Node* defaults, Sources& sources, Diagnostics& diagnostics)
    : profiles_(profiles), defaults_(defaults), sources_(sources), diagnostics_(diagnostics), budget_(merging_budget) {}

std::optional<Node> Merger::merged(const Node& entry, std::string_view kind, Mark at) {
  if (!entry.is_map() && !entry.is_null()) return std::nullopt;
  const Entry* below = defaults_ != nullptr && defaults_->is_map() ? find(*defaults_, kind) : nullptr;
  if (below != nullptr && !below->value.is_map()) below = nullptr;
  if (below == nullptr && find(entry, "profile") == nullptr && !has_appends(entry)) return std::nullopt;
  kind_ = kind;
  Node result;
  result.kind = Node::Kind::map;
  result.at = entry.at;
  if (below != nullptr && !(lay_profiles(result, below->value) && lay(result, below->value, at))) return std::nullopt;
  if (!lay_profiles(result, entry) || !lay(result, entry, {})) return std::nullopt;
  result.at = entry.at;
  return result;
}

/// Puts a copy of `layer` on top; without `used` it is the entry itself, which is used where it stands.
bool Merger::lay(Node& base, const Node& layer, Mark used) {
  Node copy;
  if (used) {
    if (!Copier(sources_, budget_, used, "merged here").copy(layer, copy)) {
      diagnostics_.error(used, "the profiles make this file too large");
      return false;
    }
  } else {
    copy = layer;
  }
  std::erase_if(copy.entries, [](const Entry& e) { return e.key.text == "profile"; });
  Overlay(kind_, diagnostics_).lay(base, std::move(copy));
  return true;
}

bool Merger::lay_profiles(Node& base, const Node& layer) {
  const Entry* named = find(layer, "profile");
  if (named == nullptr || named->value.is_null()) return true;
  if (named->value.is_scalar()) return lay_profile(base, named->value);
  if (!named->value.is_sequence())
    diagnostics_.error(named->value.at, "\"profile\" must be a profile's name or a list of names");
  return std::all_of(named->value.items.begin(), named->value.items.end(),
                     [&](const Node& name) { return lay_profile(base, name); });
}

/// False only when there is no use in going on; an unknown profile is reported and skipped.
bool Merger::lay_profile(Node& base, const Node& name) {
  const Entry* found = profiles_ != nullptr && name.is_scalar() ? find(*profiles_, name.text) : nullptr;
  if (found == nullptr) {
    std::vector<std::string_view> known;
    if (profiles_ != nullptr)
      for (const Entry& each : profiles_->entries) known.push_back(each.key.text);
    diagnostics_.error(name.at, fmt::format("there is no profile {}", in_quotes(name.text)),
                       did_you_mean(name.text, known));
    return true;
  }
  used_.insert(found->key.text);
  const auto same = std::find(under_way_.begin(), under_way_.end(), found->key.text);
  if (same != under_way_.end()) {
    diagnostics_.error(name.at, fmt::format("the profiles use each other: {} -> {}",
                                            fmt::join(same, under_way_.end(), " -> "), name.text));
    return true;
  }
  if (!found->value.is_map()) return true;  // reported with the profiles
  under_way_.push_back(found->key.text);
  const bool done = lay_profiles(base, found->value) && lay(base, found->value, name.at);
  under_way_.pop_back();
  return done;
}

}  // namespace nsbuild::specs
