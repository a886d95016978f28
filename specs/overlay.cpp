#include "specs/overlay.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace nsbuild::specs {
namespace {

/// Keys of one map of which the nearest alone holds: below `files`, and in `ready`.
constexpr std::array contents{"content", "source", "template"};
constexpr std::array probes{"tcp", "udp", "unix", "file", "command", "log"};

/// Keys whose value may be an item instead of a list of one.
constexpr std::array item_or_list{"addresses", "subnet", "tmpfs", "lower", "profile"};

template <class Words>
bool is_among(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// Where a mount goes, in either form; what a mount is told apart by.
std::string_view mount_target(const Node& mount) {
  std::string_view target = mount.text;
  if (mount.is_map()) {
    const Entry* entry = find(mount, "target");
    target = entry == nullptr ? std::string_view() : entry->value.text;
  } else if (const std::size_t colon = target.find(':'); colon != std::string_view::npos) {
    target = target.substr(colon + 1, target.find(':', colon + 1) - colon - 1);
  }
  while (target.size() > 1 && target.ends_with('/')) target.remove_suffix(1);
  return target;
}

void lay_mounts(Node& base, Node over) {
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

Entry* find_entry(Node& map, std::string_view key) {
  const auto it =
      std::find_if(map.entries.begin(), map.entries.end(), [&](const Entry& e) { return e.key.text == key; });
  return it == map.entries.end() ? nullptr : &*it;
}

void erase(Node& map, std::string_view key) {
  std::erase_if(map.entries, [&](const Entry& e) { return e.key.text == key; });
}

/// Instead of `{addresses: X}` an end may say X, instead of `{content: X}` a file.
void write_out(Node& value, std::string_view key) {
  if (value.is_map() || value.is_null()) return;
  Node map;
  map.kind = Node::Kind::map;
  map.at = value.at;
  Node name;
  name.kind = Node::Kind::scalar;
  name.text = key;
  name.at = value.at;
  map.entries.push_back({std::move(name), std::move(value)});
  value = std::move(map);
}

/// Makes room for `key` where only one of a few may hold.
template <class Words>
void leave_only(Node& map, const Words& words, std::string_view key) {
  if (!is_among(words, key)) return;
  for (const char* each : words)
    if (each != key) erase(map, each);
}

}  // namespace

std::string_view appended_key(std::string_view key) {
  return key.size() > 1 && key[0] == '+' && key != "+profile" ? key.substr(1) : std::string_view();
}

bool has_appends(const Node& map) {
  return std::any_of(map.entries.begin(), map.entries.end(),
                     [](const Entry& e) { return !appended_key(e.key.text).empty() || has_appends(e.value); });
}

Overlay::Place Overlay::below(const Place& place, std::string_view key) const {
  const bool services = kind_ == "namespace" && place.key.empty() && key == "services";
  return {key, place.key, place.keep_appends || services};
}

void Overlay::lay(Node& base, Node over, const Place& place) {
  for (Entry& entry : over.entries) {
    if (!appended_key(entry.key.text).empty())
      append(base, std::move(entry), place);
    else
      lay_entry(base, std::move(entry), place);
  }
  base.at = over.at;
}

void Overlay::lay_entry(Node& base, Entry entry, const Place& place) {
  const std::string key = entry.key.text;
  const Place deeper = below(place, key);
  if (!entry.value.is_null() && place.above == "files" && key != "template") leave_only(base, contents, key);
  if (!entry.value.is_null() && place.key == "ready") leave_only(base, probes, key);
  if (place.keep_appends) erase(base, "+" + key);
  Entry* under = find_entry(base, key);
  if (under == nullptr) {
    Node value = fresh(std::move(entry.value), deeper);
    base.entries.push_back({std::move(entry.key), std::move(value)});
    return;
  }
  if (under->value.is_map() != entry.value.is_map() && (place.key == "files" || place.key == "endpoints")) {
    write_out(under->value, place.key == "files" ? "content" : "addresses");
    write_out(entry.value, place.key == "files" ? "content" : "addresses");
  }
  if (under->value.is_map() && entry.value.is_map()) {
    lay(under->value, std::move(entry.value), deeper);
    return;
  }
  if (key == "mounts" && under->value.is_sequence() && entry.value.is_sequence()) {
    lay_mounts(under->value, std::move(entry.value));
    return;
  }
  if (under->value.is_map() != entry.value.is_map() && !under->value.is_null() && !entry.value.is_null())
    diagnostics_
        .error(entry.key.at,
               fmt::format("{} is {} here, and {} below", in_quotes(key),
                           entry.value.is_map() ? "a mapping" : "no mapping", entry.value.is_map() ? "none" : "one"),
               "write both in the same form")
        .notes.push_back({under->key.at, "what lies below"});
  *under = {std::move(entry.key), fresh(std::move(entry.value), deeper)};
}

/// A value that nothing lies below: its own `+key`s have only their own items.
Node Overlay::fresh(Node value, const Place& place) {
  if (!value.is_map() || place.keep_appends || !has_appends(value)) return value;
  Node empty;
  empty.kind = Node::Kind::map;
  lay(empty, std::move(value), place);
  return empty;
}

void Overlay::append(Node& base, Entry entry, const Place& place) {
  const std::string key(appended_key(entry.key.text));
  if (!entry.value.is_sequence() && !entry.value.is_null()) {
    diagnostics_.error(entry.value.at, fmt::format("\"+{}\" appends a list", key), "write a list: [...]");
    return;
  }
  Entry* under = find_entry(base, key);
  if (under == nullptr && place.keep_appends) under = find_entry(base, "+" + key);
  if (under == nullptr || under->value.is_null()) {
    if (under != nullptr) erase(base, under->key.text);
    if (!place.keep_appends || under != nullptr) entry.key.text = key;
    base.entries.push_back(std::move(entry));
    return;
  }
  Node& list = under->value;
  if (list.is_scalar() && is_among(item_or_list, key)) {
    Node item = std::move(list);
    list = {.kind = Node::Kind::sequence, .at = item.at};
    list.items.push_back(std::move(item));
  }
  if (!list.is_sequence()) {
    diagnostics_.error(entry.key.at, fmt::format("\"+{0}\" appends to a list, but \"{0}\" is none", key))
        .notes.push_back({under->key.at, "what it would append to"});
  } else if (key == "mounts") {
    lay_mounts(list, std::move(entry.value));
  } else {
    std::move(entry.value.items.begin(), entry.value.items.end(), std::back_inserter(list.items));
  }
}

}  // namespace nsbuild::specs
