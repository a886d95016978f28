#include "planner/kinds/rule.hpp"

#include "planner/script.hpp"
#include "planner/state.hpp"
#include "planner/words.hpp"

namespace nsbuild::planner {
namespace {

/// In the words of ip-rule(8), all that selects and does.
std::string rule_words(const Rule& rule) {
  std::string text = "from " + (rule.from ? rule.from->text() : "all");
  if (rule.to) text += " to " + rule.to->text();
  if (!rule.iif.empty()) text += " iif " + quoted(rule.iif);
  if (!rule.oif.empty()) text += " oif " + quoted(rule.oif);
  if (rule.mark) text += " fwmark " + std::to_string(*rule.mark);
  if (rule.action == specs::RuleAction::lookup) return text + " lookup " + std::to_string(rule.table);
  return text + " type " + words(rule.action);
}

}  // namespace

Key Rule::identity() const {
  return key_of<Rule>(place, words(family) + " priority " + std::to_string(priority) + " " + rule_words(*this));
}

std::vector<Key> Rule::needs() const { return owners(); }
// A rule whose interface goes stays, detached (net/core/fib_rules.c), so only its namespace owns it.
std::vector<Key> Rule::owners() const { return {key_of<Namespace>("", place)}; }
std::vector<std::string> Rule::claims() const { return {}; }
Phase Rule::phase() const { return Phase::rules; }

std::vector<Rule> Rule::desire(const netgraph::NetGraph& graph) {
  std::vector<Rule> all;
  for (const netgraph::Place& place : graph.places)
    for (const netgraph::Rule& rule : place.rules)
      all.push_back({.place = place.name,
                     .family = rule.family,
                     .priority = rule.priority,
                     .from = rule.from,
                     .to = rule.to,
                     .iif = rule.iif,
                     .oif = rule.oif,
                     .mark = rule.mark,
                     .table = rule.action == specs::RuleAction::lookup ? rule.table : 0,
                     .action = rule.action});
  return all;
}

void Rule::shell(Script& script, const Rule* before, const Rule* after) {
  if ((before == nullptr) == (after == nullptr)) return;  // only our mark differs
  const Rule& some = after != nullptr ? *after : *before;
  script.line(script.ip(some.place, some.family == Family::v6) + " rule " + (after != nullptr ? "add" : "delete") +
              " priority " + std::to_string(some.priority) + " " + rule_words(some));
}

}  // namespace nsbuild::planner
