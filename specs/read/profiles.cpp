// Profiles that no entry names: nothing reads them with an entry, so their keys are looked at by themselves.
#include "specs/merge.hpp"
#include "specs/overlay.hpp"
#include "specs/read/records.hpp"

#include <algorithm>
#include <iterator>

namespace nsbuild::specs {
namespace {

bool has_key(const TableView& table, std::string_view key) {
  const std::string_view appended = appended_key(key);
  return std::any_of(table.keys.begin(), table.keys.end(), [&](const KeyInfo& each) {
    return each.name == key || (each.type.list && each.name == appended);
  });
}

std::size_t known_keys(const TableView& table, const Node& map) {
  return static_cast<std::size_t>(std::count_if(map.entries.begin(), map.entries.end(), [&](const Entry& e) {
    return !e.key.is_scalar() || has_key(table, e.key.text);
  }));
}

void report_unknown(Reader& reader, const TableView& table, const Node& map) {
  for (const Entry& entry : map.entries)
    if (entry.key.is_scalar() && !has_key(table, entry.key.text)) report_unknown_key(reader, entry.key, table);
}

/// A profile serves the kinds of entries that have all its keys. When there is none, the one that has most was meant.
void check_keys(Reader& reader, const Node& profile) {
  static const std::vector<TableView> kinds{namespace_keys(), service_keys(), link_keys(), network_keys()};
  const auto best = std::max_element(kinds.begin(), kinds.end(), [&](const TableView& a, const TableView& b) {
    return known_keys(a, profile) < known_keys(b, profile);
  });
  TableView table = *best;
  if (known_keys(table, profile) == 0) {
    table.info.what = "a profile";
    for (const TableView& each : kinds)
      std::copy_if(each.keys.begin(), each.keys.end(), std::back_inserter(table.keys),
                   [&](const KeyInfo& key) { return !has_key(table, key.name); });
  }
  report_unknown(reader, table, profile);
  const Entry* services = best == kinds.begin() ? find(profile, "services") : nullptr;
  if (services == nullptr) return;
  for (const Entry& service : services->value.entries) report_unknown(reader, kinds[1], service.value);
}

}  // namespace

void check_unused_profiles(Reader& reader, const Node& profiles) {
  for (const Entry& profile : profiles.entries)
    if (profile.key.is_scalar() && profile.value.is_map() && !reader.merger().used().contains(profile.key.text))
      check_keys(reader, profile.value);
}

}  // namespace nsbuild::specs
