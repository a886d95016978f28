// Policy rules.
#include "netgraph/draft.hpp"

#include <tuple>

namespace nsbuild::netgraph {
namespace {

constexpr std::uint32_t first_priority = 32000;  // below main's 32766 (ip-rule(8))

Family family_of(const specs::Rule& rule) {
  if (rule.from) return rule.from->value.address.family;
  if (rule.to) return rule.to->value.address.family;
  return rule.family.value_or(Family::v4);
}

Rule resolve(const specs::Rule& said, std::size_t position) {
  Rule rule{.family = family_of(said), .action = said.action, .at = said.at};
  if (said.from) rule.from = said.from->value;
  if (said.to) rule.to = said.to->value;
  if (said.iif) rule.iif = said.iif->value;
  if (said.oif) rule.oif = said.oif->value;
  if (said.mark) rule.mark = said.mark->value;
  if (said.table) rule.table = said.table->value;
  rule.priority = said.priority ? said.priority->value : first_priority + static_cast<std::uint32_t>(position);
  return rule;
}

}  // namespace

void resolve_rules(Draft& draft) {
  for (std::size_t place = 0; place < draft.declared.size(); ++place) {
    if (draft.declared[place] == nullptr) continue;
    std::size_t position = 0;
    for (const specs::Rule& rule : draft.declared[place]->rules) {
      draft.graph.places[place].rules.push_back(resolve(rule, position++));
    }
  }
}

}  // namespace nsbuild::netgraph
