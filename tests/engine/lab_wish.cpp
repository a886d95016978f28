#include "tests/engine/lab_wish.hpp"

#include <stdexcept>

namespace nsbuild::engine::testing {

using namespace planner;

VethEnd end(const std::string& place, const std::string& name) {
  VethEnd made;
  made.place = place;
  made.name = name;
  return made;
}

Address address(const std::string& place, const std::string& dev, const std::string& prefix) {
  return {.place = place, .dev = dev, .prefix = *IpPrefix::parse(prefix)};
}

Route route(const std::string& place, const std::string& to, const std::string& via, const std::string& dev) {
  Route made;
  made.place = place;
  made.to = *IpPrefix::parse(to);
  if (made.to.address.family == Family::v6) made.metric = 1024;
  NextHop hop;
  if (!via.empty()) hop.via = IpAddress::parse(via);
  hop.dev = dev;
  made.nexthops = {hop};
  return made;
}

Rule rule(const std::string& place, const std::string& from, std::uint32_t priority, std::uint32_t table) {
  Rule made;
  made.place = place;
  made.from = IpPrefix::parse(from);
  made.family = made.from->address.family;
  made.priority = priority;
  made.table = table;
  return made;
}

namespace {

void add_links(State& wish) {
  VethEnd client = end("client", "eth0"), router = end("router", "eth0");
  client.mac = MacAddress::parse("02:00:00:00:00:01");
  client.mtu = router.mtu = 1400;
  put(wish, Veth{client, router});
  put(wish, Veth{end("router", "eth1"), end("server", "eth0")});
  put(wish, Veth{end("host", "tolab"), end("router", "eth2")});
}

void add_segment(State& wish) {
  Bridge lan;
  lan.place = "@switch";
  lan.name = "lan";
  put(wish, lan);
  for (const char* place : {"client", "server"}) {
    VethEnd port = end("@switch", std::string(place) + ".lan0");
    port.master = "lan";
    if (place == std::string("client")) port.altname = "client.a-name-of-more-than-15-bytes";
    put(wish, Veth{end(place, "lan0"), port});
  }
}

void add_routes(State& wish) {
  put(wish, route("client", "0.0.0.0/0", "10.0.1.1", "eth0"));
  put(wish, route("client", "::/0", "fd00:1::1", "eth0"));
  put(wish, route("server", "0.0.0.0/0", "10.0.2.1", "eth0"));
  put(wish, route("host", "10.0.1.0/24", "172.16.0.2", "tolab"));
  Route direct = route("client", "198.51.100.0/24", "", "eth0");
  direct.metric = 7;
  direct.source = IpAddress::parse("10.0.1.2");
  put(wish, direct);
  put(wish, route("client", "198.18.0.0/24", "fd00:1::1", "eth0"));  // RFC 5549: IPv4 through an IPv6 gateway
  Route beyond = route("client", "198.18.1.0/24", "172.31.255.1", "eth0");
  beyond.on_link = true;
  put(wish, beyond);
  Route from6 = route("client", "fd00:77::/48", "fd00:1::1", "eth0");
  from6.source = IpAddress::parse("fd00:1::2");
  put(wish, from6);
  Route dropped = route("router", "203.0.113.0/24", "", "");
  dropped.nexthops.clear();
  dropped.type = specs::RouteType::blackhole;
  put(wish, dropped);
  Route dropped6 = route("router", "fd00:dead::/32", "", "");
  dropped6.nexthops.clear();
  dropped6.type = specs::RouteType::unreachable;
  put(wish, dropped6);
  Route many = route("router", "192.0.2.0/24", "10.0.1.2", "eth0");
  many.table = 1000;
  many.metric = 50;
  many.nexthops.push_back({IpAddress::parse("10.0.2.2"), "eth1", 3});
  put(wish, many);
}

void add_rules(State& wish) {
  put(wish, rule("router", "10.0.1.0/24", 1000, 1000));
  put(wish, rule("router", "fd00:1::/64", 1001, 1000));
  Rule picky = rule("router", "10.0.1.2/32", 1002, 70000);
  picky.to = IpPrefix::parse("10.0.2.0/24");
  picky.iif = "eth0";
  picky.oif = "eth1";
  picky.mark = 0x2a;
  put(wish, picky);
  Rule barred = rule("router", "10.66.0.0/16", 1003, 0);
  barred.action = specs::RuleAction::prohibit;
  put(wish, barred);
  Rule all = rule("router", "10.0.0.0/8", 1004, 254);
  all.from.reset();
  put(wish, all);
}

}  // namespace

State whole_lab() {
  State wish;
  for (const char* place : {"client", "router", "server", "@switch"}) put(wish, Namespace{.name = place});
  add_links(wish);
  add_segment(wish);
  for (const char* text : {"10.0.1.2/24", "10.0.1.3/24", "fd00:1::2/64"}) put(wish, address("client", "eth0", text));
  for (const char* text : {"10.0.1.1/24", "fd00:1::1/64"}) put(wish, address("router", "eth0", text));
  put(wish, address("router", "eth1", "10.0.2.1/24"));
  put(wish, address("server", "eth0", "10.0.2.2/24"));
  put(wish, address("server", "lo", "10.255.0.3/32"));
  put(wish, address("client", "lan0", "10.1.0.1/24"));
  put(wish, address("server", "lan0", "10.1.0.2/24"));
  put(wish, address("host", "tolab", "172.16.0.1/30"));
  put(wish, address("router", "eth2", "172.16.0.2/30"));
  add_routes(wish);
  add_rules(wish);
  put(wish, Sysctl{.place = "router", .key = "net.ipv4.ip_forward", .value = "1"});
  put(wish, Sysctl{.place = "router", .key = "net.ipv4.conf.eth0.rp_filter", .value = "2"});
  put(wish, Hosts{.place = "client", .content = "127.0.0.1 localhost\n10.0.2.2 server\n"});
  return wish;
}

Resource& named(State& state, const std::string& wanted) {
  for (auto& [key, resource] : state)
    if (name(key) == wanted) return resource;
  std::string all;
  for (const auto& [key, resource] : state) all += "\n  " + name(key);
  throw std::runtime_error("no " + wanted + " among" + all);
}

std::vector<std::string> carry_out(Kernel& kernel, const Plan& plan) {
  std::vector<std::string> errors;
  kernel.expect(plan);
  for (const Step& step : plan.steps) {
    const Task task{0, &step};
    kernel.submit({&task, 1});
    for (std::size_t ended = 0; ended == 0;)
      for (const Outcome& outcome : kernel.collect(std::nullopt)) {
        ++ended;
        if (!outcome.ok()) errors.push_back(outcome.error);
      }
  }
  return errors;
}

std::string converge_once(Kernel& kernel, const State& wish) {
  const Scope scope{"t", &wish};
  const Plan steps = plan(kernel.observe(scope), wish);
  std::string said = text(steps, false);
  for (const std::string& error : carry_out(kernel, steps)) said += "FAILED " + error + "\n";
  const std::string left = left_over(kernel, wish);
  return left == "no changes\n" ? said : said + "LEFT OVER " + left;
}

std::string left_over(Kernel& kernel, const State& wish) {
  const Scope scope{"t", &wish};
  return text(plan(kernel.observe(scope), wish), false);
}

}  // namespace nsbuild::engine::testing
