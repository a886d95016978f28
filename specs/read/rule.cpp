// Policy rules, in the words of ip-rule(8) and of netplan's routing-policy.
#include "specs/read/records.hpp"
#include "specs/read/values.hpp"

namespace nsbuild::specs {

namespace {

const Table<Rule>& rule_table() {
  static const Table<Rule> table{
      {"rule", "a rule",
       "An entry of `rules`, in the words of ip-rule(8). Without `from` and `to` it is for all packets of its family."},
      {
          key("from", &Rule::from, destination(), {"source of the packet", "10.0.1.0/24", "any", {"src"}}),
          key("to", &Rule::to, destination(), {"destination of the packet", "10.0.2.0/24", "any", {"dst"}}),
          key("iif", &Rule::iif, interface_name(), {"interface that the packet came in by", "eth0", "any", {"dev"}}),
          key("oif", &Rule::oif, interface_name(), {"interface that the sending socket is bound to", "eth1", "any"}),
          key("mark", &Rule::mark, mark_number(), {"firewall mark of the packet", "0x1", "any", {"fwmark"}}),
          key("table", &Rule::table, routing_table(), {"routing table to look up", "100", "main", {"lookup"}}),
          key("priority", &Rule::priority, integer(0, 4294967295U),
              {"order among the rules, low ones first",
               "1000",
               "32000 and its place in the list",
               {"pref", "preference", "order"}}),
          key("type", &Rule::action,
              choice<RuleAction>({{"lookup", RuleAction::lookup},
                                  {"blackhole", RuleAction::blackhole},
                                  {"unreachable", RuleAction::unreachable},
                                  {"prohibit", RuleAction::prohibit}}),
              {"what the rule does: look the table up, or drop the packet", "prohibit", "lookup", {"action"}}),
          key("family", &Rule::family,
              choice<Family>({{"ipv4", Family::v4}, {"ipv6", Family::v6}, {"inet", Family::v4}, {"inet6", Family::v6}}),
              {"address family, where neither `from` nor `to` says it", "ipv6", "ipv4"}),
      }};
  return table;
}

std::optional<Rule> read_rule(Reader& reader, const Node& node) {
  Rule rule;
  rule.at = node.at;
  if (!read_table(reader, rule_table(), node, rule)) return std::nullopt;
  if (rule.from && rule.to && rule.from->value.address.family != rule.to->value.address.family)
    reader.error(rule.to->at, "\"to\" and \"from\" are of two address families")
        .notes.push_back({rule.from->at, "\"from\""});
  const auto& selector = rule.from ? rule.from : rule.to;
  if (selector && rule.family && *rule.family != selector->value.address.family)
    reader.error(selector->at, "this is not of the rule's \"family\"");
  return rule;
}

}  // namespace

Value<std::vector<Rule>> rules() {
  return list_of<Rule>({"list of rules", R"({"$ref": "#/$defs/rule"})"}, "such as [{from: 10.0.1.0/24, table: 100}]",
                       read_rule);
}

TableView rule_keys() { return view(rule_table()); }

}  // namespace nsbuild::specs
