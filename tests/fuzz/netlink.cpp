// What comes out of a netlink socket, as the answers to every dump that nsbuild asks for.
#include "engine/kinds/kinds.hpp"
#include "engine/linux/mark.hpp"
#include "planner/plan.hpp"
#include "tests/fuzz/targets.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>

namespace nsbuild::fuzz {
namespace {

using namespace engine;

template <Table T>
void keep(const nlmsghdr& message, std::vector<T>& all) {
  if (auto one = decode<T>(message)) all.push_back(*std::move(one));
}

/// What was read is written again: that must fit, and be read as the same.
template <Table T>
void check_round_trip(const T& table) {
  std::optional<T> again;
  try {
    Message message(RTM_NEWLINK, 0);
    put_all(message, table);
    again = decode<T>(*message.get(), true);
  } catch (const Error&) {
    return;  // more than a message of ours holds
  }
  promise(again.has_value(), "what was written cannot be read");
}

struct Answers {
  std::vector<LinkMessage> links;
  Reading reading;

  explicit Answers(std::span<const char> bytes) {
    for (const nlmsghdr& message : MessageRange(bytes)) {
      switch (message.nlmsg_type) {
        case RTM_NEWLINK:
          keep(message, links);
          break;
        case RTM_NEWADDR:
          keep(message, reading.addresses);
          break;
        case RTM_NEWROUTE:
          keep(message, reading.routes);
          break;
        case RTM_NEWRULE:
          keep(message, reading.rules);
          break;
        case RTM_NEWNSID:
          decode<NsidMessage>(message);
          break;
        case NLMSG_ERROR:
        case NLMSG_DONE:
          check_answer(message);
          break;
        default:
          break;
      }
    }
  }

  static void check_answer(const nlmsghdr& message) {
    try {
      message.nlmsg_type == NLMSG_DONE ? check_end(message) : check_acknowledgement(message);
    } catch (const Error& refusal) {
      promise(*refusal.what() != '\0', "a refusal without words");
    }
  }
};

}  // namespace

void run_netlink(std::string_view bytes) {
  std::vector<char> buffer(bytes.begin(), bytes.end());  // aligned, and its end is known to the sanitizer
  Answers answers(buffer);
  for (const auto& one : answers.links) check_round_trip(one);
  for (const auto& one : answers.reading.addresses) check_round_trip(one);
  for (const auto& one : answers.reading.routes) check_round_trip(one);
  for (const auto& one : answers.reading.rules) check_round_trip(one);

  static Machine machine("lab");
  OpenPlace place;
  place.name = "client";
  place.devices.take(std::move(answers.links));
  const planner::State wish;
  const std::set<std::string> host_routes;
  planner::State state;
  std::vector<Sight> sights;
  sights.push_back(Sight{machine, place, std::move(answers.reading), wish, host_routes, {}, state});
  see_bridges(sights.front());
  see_veths(sights);
  see_addresses(sights.front());
  see_routes(sights.front());
  see_rules(sights.front());
  const planner::Plan plan = planner::plan(state, {});
  planner::text(plan, false);
  planner::json(plan);
}

namespace {

std::string bytes_of(const Message& message) { return {reinterpret_cast<const char*>(message.get()), message.size()}; }

template <Table T>
std::string message_of(std::uint16_t type, const T& table) {
  Message message(type, 0);
  put_all(message, table);
  std::string bytes = bytes_of(message);
  bytes.resize(aligned(bytes.size()));
  return bytes;
}

LinkMessage link(const char* kind, const char* name, int index) {
  LinkMessage link;
  link.header.ifi_index = index;
  link.name = name;
  link.alias = "nsbuild:lab";
  link.group = mark_group;
  link.mtu = 1500;
  link.address = MacAddress{};
  link.link = 7;
  link.master = 3;
  link.properties = Properties{{"client.management0", "other"}};
  link.info = LinkInfo{kind, {}};
  return link;
}

AddressMessage address(const char* text) {
  AddressMessage address;
  const auto ip = IpAddress::parse(text);
  address.header.ifa_family = ip->family == Family::v4 ? AF_INET : AF_INET6;
  address.header.ifa_prefixlen = 24;
  address.header.ifa_index = 2;
  address.local = address.address = ip;
  address.protocol = mark_protocol;
  return address;
}

RouteMessage route() {
  RouteMessage route;
  route.header.rtm_family = AF_INET;
  route.header.rtm_type = RTN_UNICAST;
  route.header.rtm_dst_len = 24;
  route.header.rtm_protocol = mark_protocol;
  route.to = IpAddress::parse("203.0.113.0");
  route.metric = 50;
  route.table = 100;
  NextHopMessage hop;
  hop.header.rtnh_ifindex = 2;
  hop.gateway = IpAddress::parse("10.0.2.2");
  NextHopMessage other = hop;
  other.via = Via{*IpAddress::parse("fd00::1")};
  route.nexthops = {hop, other};
  return route;
}

RuleMessage rule() {
  RuleMessage rule;
  rule.header.family = AF_INET;
  rule.header.action = FR_ACT_TO_TBL;
  rule.header.src_len = 24;
  rule.from = IpAddress::parse("10.0.1.0");
  rule.priority = 1000;
  rule.table = 100;
  rule.iif = "eth0";
  rule.mark = 1;
  rule.protocol = mark_protocol;
  return rule;
}

/// An acknowledgement with the kernel's words, which stand behind the header of the request (netlink(7)).
std::string refusal(bool capped) {
  Message message(NLMSG_ERROR, NLM_F_ACK_TLVS);
  if (capped) message.get()->nlmsg_flags |= NLM_F_CAPPED;
  nlmsgerr error{};
  error.error = -EINVAL;
  error.msg.nlmsg_len = sizeof error.msg;
  message.put_header(error);
  const char words[] = "Nexthop has invalid gateway";
  message.put(NLMSGERR_ATTR_MSG, words, sizeof words);
  return bytes_of(message);
}

/// Says that it is longer, or shorter, than it is.
std::string claiming(std::string message, std::uint32_t length) {
  message.replace(offsetof(nlmsghdr, nlmsg_len), sizeof length, reinterpret_cast<const char*>(&length), sizeof length);
  return message;
}

/// An acknowledgement with the kernel's words whose inner request says how long it is.
std::string refusal_of(std::uint32_t length) {
  std::string bytes = refusal(false);
  bytes.replace(sizeof(nlmsghdr) + offsetof(nlmsgerr, msg), sizeof length, reinterpret_cast<const char*>(&length),
                sizeof length);
  return bytes;
}

std::string refusal_with(std::int32_t error) {
  std::string bytes = refusal(false);
  bytes.replace(sizeof(nlmsghdr) + offsetof(nlmsgerr, error), sizeof error, reinterpret_cast<const char*>(&error),
                sizeof error);
  return bytes;
}

/// What once was read beyond its end: lengths from 2^31 on, which libmnl takes for negative ones; an acknowledgement
/// without all of nlmsgerr; one whose request is shorter than a header. And an error that no errno is.
Seeds once_wrong(const std::string& good) {
  constexpr std::uint32_t header = sizeof(nlmsghdr), most = 0xffffffff;
  Seeds seeds;
  for (const std::uint32_t length : {0x80000000U, 0x80000020U, most - 3, most})
    for (const std::string& before : {std::string(), good}) seeds.push_back(before + claiming(good, length));
  const std::string answer = refusal(true);
  for (std::uint32_t size = header; size < header + sizeof(nlmsgerr); size += 4)
    seeds.push_back(claiming(answer.substr(0, size), size));
  for (const std::uint32_t length : {0U, 1U, header - 1, most}) seeds.push_back(refusal_of(length));
  for (const std::int32_t error : {std::numeric_limits<std::int32_t>::min(), 1}) seeds.push_back(refusal_with(error));
  return seeds;
}

}  // namespace

Seeds netlink_seeds() {
  Seeds seeds = kept("netlink");
  const std::string veth = message_of(RTM_NEWLINK, link("veth", "eth0", 2));
  const std::string bridge = message_of(RTM_NEWLINK, link("bridge", "lan", 3));
  const std::string v4 = message_of(RTM_NEWADDR, address("10.0.1.1"));
  const std::string v6 = message_of(RTM_NEWADDR, address("fd00:1::1"));
  const std::string way = message_of(RTM_NEWROUTE, route());
  const std::string choice = message_of(RTM_NEWRULE, rule());
  for (const std::string& one : {veth, bridge, v4, v6, way, choice, refusal(true), refusal(false)})
    seeds.push_back(one);
  seeds.push_back(veth + bridge + v4 + v6 + way + choice);
  for (std::string& one : once_wrong(veth)) seeds.push_back(std::move(one));
  return seeds;
}

}  // namespace nsbuild::fuzz
