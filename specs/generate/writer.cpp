#include "specs/generate/writer.hpp"

#include <fmt/format.h>

namespace nsbuild::specs {

namespace {

constexpr unsigned nets_in_a_row = 256;  // of which the third number of an IPv4 address counts
constexpr std::size_t longest_line = 100;

std::string quoted(const std::string& item) {
  const bool plain = item.find_first_of("[]{},") == std::string::npos && item.find("::") == std::string::npos;
  return plain ? item : '"' + item + '"';
}

std::string defaults_text(const Sections& sections, const Extras& extras) {
  std::string text;
  if (sections.forwarding) text += "    forwarding: true\n";
  if (extras.services)
    text +=
        "    services:                     # one in every namespace, called <namespace>-app\n"
        "      app: {command: [sleep, infinity]}\n";
  return text.empty() ? "" : "\ndefaults:\n  namespace:\n" + text;
}

std::string section(std::string_view title, const std::string& text) {
  return text.empty() ? "" : fmt::format("\n{}:\n{}", title, text);
}

std::string routes_text(const std::vector<std::string>& routes) {
  std::string text = "    routes:\n";
  for (const auto& route : routes) text += "      - " + route + '\n';
  return text;
}

std::string host_v4(const Net& net, unsigned host) { return fmt::format("{}.{}", net.v4, host); }
std::string host_v6(const Net& net, unsigned host) { return fmt::format("{}::{}", net.v6, host); }

}  // namespace

std::string file_text(const Sections& sections, const Extras& extras) {
  std::string text;
  for (const auto& line : sections.comments) text += "# " + line + '\n';
  text += "name: " + sections.name + '\n';
  return text + defaults_text(sections, extras) + section("namespaces", sections.namespaces) +
         section("links", sections.links) + section("networks", sections.networks);
}

std::string numbers(unsigned first, unsigned last) {
  return first == last ? std::to_string(first) : fmt::format("[{}-{}]", first, last);
}

std::string flow_list(const std::vector<std::string>& items) {
  std::string text;
  for (const auto& item : items) text += (text.empty() ? "" : ", ") + quoted(item);
  return '[' + text + ']';
}

Net net(const std::string& high, const std::string& low) {
  return {fmt::format("10.{}.{}", high, low), fmt::format("fd00:{}:{}", high, low)};
}

Net net_at(unsigned index) {
  return {fmt::format("10.{}.{}", index / nets_in_a_row, index % nets_in_a_row), fmt::format("fd00:0:{:x}", index)};
}

Net block(unsigned index, unsigned bits) {
  const Net first = net_at(index);
  return {fmt::format("{}.0/{}", first.v4, 24 - bits), fmt::format("{}::/{}", first.v6, 48 - bits)};
}

Net Run::nets() const {
  return net(std::to_string(first / nets_in_a_row), numbers(first % nets_in_a_row, last % nets_in_a_row));
}

std::vector<Run> runs(unsigned first, unsigned last) {
  std::vector<Run> all;
  while (first <= last) {
    const unsigned end = std::min(last, (first / nets_in_a_row + 1) * nets_in_a_row - 1);
    all.push_back({first, end});
    first = end + 1;
  }
  return all;
}

std::string Both::subnet(const Net& net) const {
  const auto v4 = net.v4 + ".0/24";
  return ipv6_ ? flow_list({v4, net.v6 + "::/64"}) : v4;
}

void Both::route(std::vector<std::string>& routes, const Net& to, const Net& via, unsigned host) const {
  routes.push_back(fmt::format("{} via {}", to.v4, host_v4(via, host)));
  if (ipv6_) routes.push_back(fmt::format("{} via {}", to.v6, host_v6(via, host)));
}

void Both::default_route(std::vector<std::string>& routes, const Net& via, unsigned host) const {
  route(routes, {"default", "default"}, via, host);
}

void Both::default_routes(std::vector<std::string>& routes, const std::vector<Net>& vias, unsigned host) const {
  std::string v4 = "default", v6 = "default";
  for (const auto& via : vias) {
    v4 += " nexthop via " + host_v4(via, host);
    v6 += " nexthop via " + host_v6(via, host);
  }
  routes.push_back(v4);
  if (ipv6_) routes.push_back(v6);
}

std::string namespace_entry(const std::string& name, const std::vector<std::string>& routes) {
  if (routes.empty()) return fmt::format("  {}:\n", name);
  const auto line = fmt::format("  {}: {{routes: {}}}\n", name, flow_list(routes));
  return line.size() <= longest_line ? line : fmt::format("  {}:\n{}", name, routes_text(routes));
}

std::string router_entry(const std::string& name, const std::vector<std::string>& routes) {
  return fmt::format("  {}:\n    forwarding: true\n{}", name, routes_text(routes));
}

std::string link_line(const std::string& a, const std::string& b, const std::string& subnet) {
  return fmt::format("  - endpoints: {}\n    subnet: {}\n", flow_list({a, b}), subnet);
}

}  // namespace nsbuild::specs
