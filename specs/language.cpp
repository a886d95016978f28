#include "specs/language.hpp"

#include <fmt/format.h>

namespace nsbuild::specs {
namespace {

std::string fallback(const KeyInfo& key) {
  if (key.about.required) return "**required**";
  return key.about.fallback.empty() ? "none" : key.about.fallback;
}

}  // namespace

std::string key_reference(const TableView& table) {
  std::string result = table.info.about + "\n\n| key | type | default | meaning | example |\n|---|---|---|---|---|\n";
  for (const KeyInfo& key : table.keys)
    result += fmt::format("| `{0}` | {1} | {2} | {3} | `{0}: {4}` |\n", key.name, key.type.name, fallback(key),
                          key.about.meaning, key.about.example);
  return result;
}

}  // namespace nsbuild::specs
