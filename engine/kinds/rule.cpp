// A policy rule, marked with FRA_PROTOCOL.
#include "engine/kinds/kinds.hpp"
#include "engine/linux/mark.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace nsbuild::engine {

namespace {

using planner::Rule;
using specs::RuleAction;

constexpr std::array<std::pair<RuleAction, std::uint8_t>, 4> actions{{
    {RuleAction::lookup, FR_ACT_TO_TBL},
    {RuleAction::blackhole, FR_ACT_BLACKHOLE},
    {RuleAction::unreachable, FR_ACT_UNREACHABLE},
    {RuleAction::prohibit, FR_ACT_PROHIBIT},
}};

constexpr std::uint32_t whole_mark = std::numeric_limits<std::uint32_t>::max();

RuleMessage message_of(const Rule& rule, std::uint8_t protocol) {
  RuleMessage message;
  message.header.family = rule.family == Family::v4 ? AF_INET : AF_INET6;
  message.header.action =
      std::find_if(actions.begin(), actions.end(), [&](const auto& row) { return row.first == rule.action; })->second;
  if (rule.from) {
    message.header.src_len = rule.from->length;
    message.from = rule.from->address;
  }
  if (rule.to) {
    message.header.dst_len = rule.to->length;
    message.to = rule.to->address;
  }
  if (!rule.iif.empty()) message.iif = rule.iif;
  if (!rule.oif.empty()) message.oif = rule.oif;
  message.priority = rule.priority;
  message.mark = rule.mark;
  if (rule.mark) message.mask = whole_mark;
  if (rule.action == RuleAction::lookup) message.table = rule.table;
  if (protocol != RTPROT_UNSPEC) message.protocol = protocol;
  return message;
}

void add(OpenPlace& place, const Rule& rule, std::uint8_t protocol, std::uint16_t exclusive) {
  Message message(RTM_NEWRULE, static_cast<std::uint16_t>(NLM_F_CREATE | exclusive));
  put_all(message, message_of(rule, protocol));
  place.socket->request(message);
}

void remove(OpenPlace& place, const Rule& rule, std::uint8_t protocol) {
  Message message(RTM_DELRULE, 0);
  put_all(message, message_of(rule, protocol));
  try {
    place.socket->request(message);
  } catch (const Refusal& refusal) {
    if (refusal.code() != ENOENT) throw;
  }
}

/// None for a rule that says more than the language can.
std::optional<Rule> rule_of(const OpenPlace& place, const RuleMessage& seen) {
  const fib_rule_hdr& header = seen.header;
  if (header.family != AF_INET && header.family != AF_INET6) return std::nullopt;
  const bool more = (header.flags & FIB_RULE_INVERT) != 0 || header.tos != 0 || seen.ip_protocol.value_or(0) != 0 ||
                    seen.l3mdev.value_or(0) != 0 || seen.go_to ||
                    seen.suppress_prefix_length.value_or(whole_mark) != whole_mark ||
                    (seen.mark && seen.mask.value_or(whole_mark) != whole_mark);
  const auto action =
      std::find_if(actions.begin(), actions.end(), [&](const auto& row) { return row.second == header.action; });
  if (more || action == actions.end()) return std::nullopt;
  Rule rule;
  rule.place = place.name;
  rule.family = header.family == AF_INET ? Family::v4 : Family::v6;
  rule.priority = seen.priority.value_or(0);
  if (seen.from) rule.from = IpPrefix{*seen.from, header.src_len};
  if (seen.to) rule.to = IpPrefix{*seen.to, header.dst_len};
  rule.iif = seen.iif.value_or("");
  rule.oif = seen.oif.value_or("");
  rule.mark = seen.mark;
  rule.action = action->first;
  rule.table = rule.action == RuleAction::lookup ? seen.table.value_or(header.table) : 0;
  rule.owned = seen.protocol == mark_protocol;
  return rule;
}

bool is_marked(OpenPlace& place, const Rule& wanted) {
  const std::vector<RuleMessage> all = read_rules(place);
  return std::any_of(all.begin(), all.end(), [&](const RuleMessage& seen) { return rule_of(place, seen) == wanted; });
}

}  // namespace

/// The kernel cannot change a rule. Taking one over adds its marked twin and drops the first of the two, the old one:
/// at equal priority rules stay in the order in which they came, and at no moment is there none.
void change(Machine& machine, const Change<Rule>& change) {
  OpenPlace& place = machine.places.at(change.any().place);
  if (change.before == nullptr)
    return make_or_replace([&] { add(place, *change.after, mark_protocol, NLM_F_EXCL); },
                           [&] { return is_marked(place, *change.after); }, [] {});
  const std::uint8_t mark = change.before->owned ? mark_protocol : static_cast<std::uint8_t>(RTPROT_UNSPEC);
  if (change.after != nullptr) add(place, *change.after, change.after->owned ? mark_protocol : RTPROT_BOOT, 0);
  remove(place, *change.before, mark);
}

std::vector<RuleMessage> read_rules(OpenPlace& place) {
  Message request(RTM_GETRULE, 0);
  request.put_header(fib_rule_hdr{});
  return place.socket->dump<RuleMessage>(request);
}

std::vector<Rule> marked_rules(OpenPlace& place) {
  std::vector<Rule> rules;
  for (const RuleMessage& seen : read_rules(place))
    if (auto rule = rule_of(place, seen); rule && rule->owned) rules.push_back(*std::move(rule));
  return rules;
}

/// A namespace is born with some, which are nobody's.
void see_rules(const Sight& sight) {
  const bool any_declared = !declared_in<Rule>(sight.wish, sight.place.name).empty();
  for (const RuleMessage& seen : sight.reading.rules) {
    if (seen.protocol != mark_protocol && !any_declared) continue;
    if (auto rule = rule_of(sight.place, seen)) {
      const bool marked = rule->owned;
      if (marked || !sight.state.contains(planner::key(*rule))) sight.see(*std::move(rule), marked);
    }
  }
}

}  // namespace nsbuild::engine
