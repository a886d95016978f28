#include "specs/references.hpp"

#include <algorithm>

namespace nsbuild::specs {
namespace {

constexpr std::string_view opening = "${{";
constexpr std::string_view closing = "}}";

void collect(const Sources& sources, const Node& node, std::vector<Located<std::string>>& into) {
  if (node.is_scalar() && has_reference(node.text))
    for (auto found = find_reference(node.text); found;
         found = find_reference(node.text, found->offset + found->length))
      if (!found->literal)
        into.push_back({node.text.substr(found->offset, found->length),
                        within(sources, node, found->offset, found->closed ? found->length : opening.size())});
  for (const Node& item : node.items) collect(sources, item, into);
  for (const Entry& entry : node.entries) {
    collect(sources, entry.key, into);
    collect(sources, entry.value, into);
  }
}

}  // namespace

std::string_view Reference::body(std::string_view text) const {
  std::string_view body = text.substr(offset + opening.size(), length - opening.size() - (closed ? closing.size() : 0));
  const std::size_t start = std::min(body.find_first_not_of(" \t\n"), body.size());
  return body.substr(start, body.find_last_not_of(" \t\n") + 1 - start);
}

const std::vector<std::string_view>& own_references() {
  static const std::vector<std::string_view> words{"lab", "namespace", "service", "addr", "addr6"};
  return words;
}

std::optional<Reference> find_reference(std::string_view text, std::size_t from) {
  const std::size_t start = text.find(opening, from);
  if (start == std::string_view::npos) return std::nullopt;
  if (start > from && text[start - 1] == '$') return Reference{start - 1, opening.size() + 1, true};
  std::size_t open = 1;
  for (std::size_t at = start + opening.size(); at < text.size(); ++at) {
    if (text.substr(at).starts_with(opening)) {
      ++open;
      at += opening.size() - 1;
    } else if (text.substr(at).starts_with(closing)) {
      ++at;
      if (--open == 0) return Reference{start, at + 1 - start};
    }
  }
  return Reference{start, text.size() - start, false, false};
}

std::vector<Located<std::string>> references_in(const Sources& sources, const Node& node) {
  std::vector<Located<std::string>> result;
  collect(sources, node, result);
  return result;
}

}  // namespace nsbuild::specs
