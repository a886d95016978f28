// Policy rules: priorities given, and what the kernel would refuse or misunderstand said.
#include "netgraph/draft.hpp"
#include "netgraph/unknown.hpp"

#include <tuple>

namespace nsbuild::netgraph {
namespace {

using specs::Located;

constexpr std::uint32_t first_priority = 32000;  // below main's 32766 (ip-rule(8))

Family family_of(const specs::Rule& rule) {
  if (rule.from) return rule.from->value.address.family;
  if (rule.to) return rule.to->value.address.family;
  return rule.family.value_or(Family::v4);
}

/// A selector of length 0 is none, and reads back as none.
std::optional<IpPrefix> selector(const std::optional<Located<IpPrefix>>& said) {
  return said && !said->value.is_default() ? std::optional(said->value) : std::nullopt;
}

Rule resolve(const specs::Rule& said, std::size_t position) {
  Rule rule{.family = family_of(said), .action = said.action, .at = said.at};
  rule.from = selector(said.from);
  rule.to = selector(said.to);
  if (said.iif) rule.iif = said.iif->value;
  if (said.oif) rule.oif = said.oif->value;
  if (said.mark) rule.mark = said.mark->value;
  if (said.table) rule.table = said.table->value;
  if (said.action != specs::RuleAction::lookup) rule.table = 0;
  rule.priority = said.priority ? said.priority->value : first_priority + static_cast<std::uint32_t>(position);
  return rule;
}

/// All of a rule: the kernel refuses one that exists (rule_exists() in net/core/fib_rules.c).
auto identity(const Rule& rule) {
  return std::tuple(rule.family, rule.priority, rule.from, rule.to, rule.iif, rule.oif, rule.mark, rule.table,
                    rule.action);
}

/// Checks the rules of one place.
class RuleCheck {
 public:
  RuleCheck(Draft& draft, const Place& place)
      : draft_(draft), place_(place), interfaces_(interfaces_of(draft.graph, place)) {
    interfaces_.emplace("lo", Mark{});
  }

  void check(const specs::Rule& said, const Rule& rule) {
    check_device(said.iif);
    check_device(said.oif);
    if (said.mark && said.mark->value == 0) {
      draft_.diagnostics.error(said.mark->at, "a rule cannot ask for mark 0", "to the kernel that is no mark at all");
    }
    if (said.action != specs::RuleAction::lookup && said.table) {
      draft_.diagnostics.error(said.table->at, "a rule that drops looks up no table");
    }
    const auto [other, fresh] = first_.try_emplace(identity(rule), rule.at);
    if (fresh) return;
    draft_.diagnostics.error(said.at, '"' + place_.name + "\" has this rule twice")
        .notes.push_back({other->second, "the other one"});
  }

 private:
  /// The kernel takes a name that nothing has yet, and the rule matches nothing until something does.
  void check_device(const std::optional<Located<std::string>>& said) {
    if (!said || !draft_.complete || interfaces_.contains(said->value)) return;
    const Suggestion suggestion = suggest_interface(said->value, interfaces_);
    draft_.diagnostics
        .warning(said->at, '"' + place_.name + "\" has no interface \"" + said->value + '"', suggestion.hint)
        .notes = suggestion.notes;
  }

  Draft& draft_;
  const Place& place_;
  Known interfaces_;
  std::map<decltype(identity(Rule{})), Mark> first_;
};

}  // namespace

void resolve_rules(Draft& draft) {
  for (std::size_t i = 0; i < draft.declared.size(); ++i) {
    if (draft.declared[i] == nullptr) continue;
    Place& place = draft.graph.places[i];
    RuleCheck check(draft, place);
    for (const specs::Rule& said : draft.declared[i]->rules) {
      Rule rule = resolve(said, place.rules.size());
      check.check(said, rule);
      place.rules.push_back(std::move(rule));
    }
  }
}

}  // namespace nsbuild::netgraph
