#include "specs/merge.hpp"

#include "specs/suggest.hpp"
#include "specs/yaml/copy.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace nsbuild::specs {
namespace {

constexpr Budget merging_budget{2'000'000, std::size_t{128} << 20U};

/// Profiles never replace one another, so there is no `+profile`: the reader will say that it is unknown.
bool appends(const Node& key) { return key.text.size() > 1 && key.text[0] == '+' && key.text != "+profile"; }

/// Whether an `+key` stands in this map or in a map of it.
bool has_appends(const Node& map) {
  return std::any_of(map.entries.begin(), map.entries.end(),
                     [](const Entry& e) { return appends(e.key) || has_appends(e.value); });
}

/// Where a mount goes, in either form; what a mount is told apart by.
std::string_view mount_target(const Node& mount) {
  if (mount.is_map()) {
    const Entry* target = find(mount, "target");
    return target == nullptr ? std::string_view() : target->value.text;
  }
  const std::string_view text = mount.text;
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return text;
  return text.substr(colon + 1, text.find(':', colon + 1) - colon - 1);
}

Entry* find_entry(Node& map, std::string_view key) {
  const auto it =
      std::find_if(map.entries.begin(), map.entries.end(), [&](const Entry& e) { return e.key.text == key; });
  return it == map.entries.end() ? nullptr : &*it;
}

class Overlay {
 public:
  explicit Overlay(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  /// `over` on top of `base`, both maps.
  void lay(Node& base, Node over) {
    for (Entry& entry : over.entries) {
      if (appends(entry.key)) {
        append(base, std::move(entry));
      } else if (Entry* below = find_entry(base, entry.key.text); below == nullptr) {
        base.entries.push_back({std::move(entry.key), fresh(std::move(entry.value))});
      } else if (below->value.is_map() && entry.value.is_map()) {
        lay(below->value, std::move(entry.value));
      } else if (entry.key.text == "mounts" && below->value.is_sequence() && entry.value.is_sequence()) {
        lay_mounts(below->value, std::move(entry.value));
      } else {
        *below = {std::move(entry.key), fresh(std::move(entry.value))};
      }
    }
    base.at = over.at;
  }

 private:
  /// A value that nothing lies below: its own `+key`s have only their own items.
  Node fresh(Node value) {
    if (!value.is_map() || !has_appends(value)) return value;
    Node empty;
    empty.kind = Node::Kind::map;
    lay(empty, std::move(value));
    return empty;
  }

  void append(Node& base, Entry entry) {
    entry.key.text.erase(0, 1);
    if (!entry.value.is_sequence() && !entry.value.is_null()) {
      diagnostics_.error(entry.value.at, fmt::format("\"+{}\" appends a list", entry.key.text), "write a list: [...]");
      return;
    }
    Entry* below = find_entry(base, entry.key.text);
    if (below == nullptr || below->value.is_null()) {
      if (below != nullptr) base.entries.erase(base.entries.begin() + (below - base.entries.data()));
      base.entries.push_back(std::move(entry));
    } else if (!below->value.is_sequence()) {
      diagnostics_.error(entry.key.at, fmt::format("\"+{0}\" appends to a list, but \"{0}\" is none", entry.key.text))
          .notes.push_back({below->key.at, "what it would append to"});
    } else if (entry.key.text == "mounts") {
      lay_mounts(below->value, std::move(entry.value));
    } else {
      auto& items = below->value.items;
      std::move(entry.value.items.begin(), entry.value.items.end(), std::back_inserter(items));
    }
  }

  static void lay_mounts(Node& base, Node over) {
    for (Node& mount : over.items) {
      const auto same = std::find_if(base.items.begin(), base.items.end(), [&](const Node& below) {
        return !mount_target(mount).empty() && mount_target(below) == mount_target(mount);
      });
      if (same == base.items.end()) {
        base.items.push_back(std::move(mount));
      } else {
        *same = std::move(mount);
      }
    }
  }

  Diagnostics& diagnostics_;
};

}  // namespace

Merger::Merger(const Node* profiles, const Node* defaults, Sources& sources, Diagnostics& diagnostics)
    : profiles_(profiles), defaults_(defaults), sources_(sources), diagnostics_(diagnostics), budget_(merging_budget) {}

std::optional<Node> Merger::merged(const Node& entry, std::string_view kind, Mark at) {
  if (!entry.is_map() && !entry.is_null()) return std::nullopt;
  const Entry* below = defaults_ != nullptr && defaults_->is_map() ? find(*defaults_, kind) : nullptr;
  if (below != nullptr && !below->value.is_map()) below = nullptr;
  if (below == nullptr && find(entry, "profile") == nullptr && !has_appends(entry)) return std::nullopt;
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
  Overlay(diagnostics_).lay(base, std::move(copy));
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
  if (std::find(under_way_.begin(), under_way_.end(), found->key.text) != under_way_.end()) {
    diagnostics_.error(name.at, fmt::format("profile {} uses itself", in_quotes(name.text)));
    return true;
  }
  if (!found->value.is_map()) return true;  // reported with the profiles
  under_way_.push_back(found->key.text);
  const bool done = lay_profiles(base, found->value) && lay(base, found->value, name.at);
  under_way_.pop_back();
  return done;
}

}  // namespace nsbuild::specs
