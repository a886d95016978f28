#include "specs/yaml/copy.hpp"

#include "specs/yaml/parse.hpp"

namespace nsbuild::specs {

bool Copier::copy(const Node& from, Node& to, std::size_t depth) {
  if (depth > deepest_nesting || !budget_.take(from.text.size())) return false;
  to.kind = from.kind;
  to.plain = from.plain;
  to.text = from.text;
  to.at = from.at;
  to.at.file = view(from.at.file);
  to.items.resize(from.items.size());
  for (std::size_t i = 0; i < from.items.size(); ++i)
    if (!copy(from.items[i], to.items[i], depth + 1)) return false;
  to.entries.resize(from.entries.size());
  for (std::size_t i = 0; i < from.entries.size(); ++i) {
    const Entry& entry = from.entries[i];
    if (!copy(entry.key, to.entries[i].key, depth + 1) || !copy(entry.value, to.entries[i].value, depth + 1))
      return false;
  }
  return true;
}

std::uint32_t Copier::view(std::uint32_t file) {
  const auto [it, added] = views_.try_emplace(file, 0);
  if (added) it->second = sources_.view(file, used_, why_);
  return it->second;
}

}  // namespace nsbuild::specs
