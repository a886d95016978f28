#include "topology.hpp"

#include "specs/load.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include <unistd.h>

namespace nsbuild::netgraph {
namespace {

/// A file for as long as it is read.
class TopologyFile {
 public:
  explicit TopologyFile(const std::string& yaml) {
    const char* directory = std::getenv("TMPDIR");
    path_ = std::string(directory != nullptr ? directory : "/tmp") + "/lab.XXXXXX.yaml";
    const int fd = mkstemps(path_.data(), 5);
    if (fd < 0) throw std::runtime_error("cannot make " + path_);
    close(fd);
    std::ofstream(path_) << yaml;
  }
  ~TopologyFile() { std::remove(path_.c_str()); }
  TopologyFile(const TopologyFile&) = delete;
  TopologyFile& operator=(const TopologyFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Outcome build_from(const specs::LoadOptions& options) {
  Outcome outcome;
  specs::Sources sources;
  const specs::Spec spec = specs::load(options, sources, outcome.diagnostics);
  outcome.graph = build(spec, outcome.diagnostics);
  outcome.messages = specs::print(outcome.diagnostics, sources, false, false);
  return outcome;
}

std::string action(specs::RouteType type) {
  switch (type) {
    case specs::RouteType::unicast:
      return "";
    case specs::RouteType::blackhole:
      return " blackhole";
    case specs::RouteType::unreachable:
      return " unreachable";
    case specs::RouteType::prohibit:
      return " prohibit";
  }
  return " ?";
}

std::string line(const Route& route) {
  std::string text = "  route " + route.to.text() + action(route.type);
  for (const NextHop& hop : route.nexthops) {
    if (route.nexthops.size() > 1) text += " nexthop";
    if (hop.via) text += " via " + hop.via->text();
    if (!hop.dev.empty()) text += " dev " + hop.dev;
    if (route.nexthops.size() > 1) text += " weight " + std::to_string(hop.weight);
  }
  if (route.metric != 0) text += " metric " + std::to_string(route.metric);
  if (route.table != 254) text += " table " + std::to_string(route.table);
  if (route.source) text += " src " + route.source->text();
  return text + (route.on_link ? " onlink\n" : "\n");
}

std::string line(const Rule& rule) {
  std::string text = "  rule " + std::to_string(rule.priority) + (rule.family == Family::v6 ? " ipv6" : "");
  if (rule.from) text += " from " + rule.from->text();
  if (rule.to) text += " to " + rule.to->text();
  if (!rule.iif.empty()) text += " iif " + rule.iif;
  if (!rule.oif.empty()) text += " oif " + rule.oif;
  if (rule.mark) text += " mark " + std::to_string(*rule.mark);
  if (rule.action != specs::RuleAction::lookup) return text + " drop\n";
  return text + " table " + std::to_string(rule.table) + "\n";
}

std::string line(const NetGraph& graph, const Interface& interface) {
  std::string text = "  " + interface.name;
  if (!interface.altname.empty()) text += " (" + interface.altname + ")";
  for (const Address& address : interface.addresses) {
    text += " " + address.prefix.text() + (address.allocated ? "*" : "");
  }
  if (interface.mac) text += " mac " + interface.mac->text();
  if (interface.mtu) text += " mtu " + std::to_string(*interface.mtu);
  if (interface.network) text += " in " + graph.networks[*interface.network].name;
  return text + (interface.up ? "\n" : " down\n");
}

std::string name(const NetGraph& graph, std::size_t interface) {
  return graph.places[graph.interfaces[interface].place].name + ":" + graph.interfaces[interface].name;
}

}  // namespace

Outcome topology(const std::string& yaml) {
  const TopologyFile file(yaml);
  return build_from({.path = file.path(), .name = "lab", .environment = false});
}

Outcome topology_file(const std::string& path) { return build_from({.path = path, .environment = false}); }

std::string text(const NetGraph& graph) {
  std::string text;
  for (const Place& place : graph.places) {
    text += place.name + "\n";
    for (const std::size_t i : place.interfaces) text += line(graph, graph.interfaces[i]);
    for (const Sysctl& sysctl : place.sysctls) text += "  sysctl " + sysctl.key + " = " + sysctl.value + "\n";
    for (const Route& route : place.routes) text += line(route);
    for (const Rule& rule : place.rules) text += line(rule);
  }
  for (const Network& network : graph.networks) {
    text += "network " + network.name;
    for (const IpPrefix& subnet : network.subnets) text += " " + subnet.text();
    text += network.mtu ? " mtu " + std::to_string(*network.mtu) + "\n" : "\n";
  }
  for (const Link& link : graph.links) text += "link " + name(graph, link.a) + " -- " + name(graph, link.b) + "\n";
  for (const Service& service : graph.services) {
    text += "service " + service.name + " in " + graph.places[service.place].name + " as " + service.hostname + "\n";
  }
  return text;
}

std::string built(const std::string& yaml) {
  const Outcome outcome = topology(yaml);
  return outcome.messages.empty() ? text(outcome.graph) : outcome.messages;
}

std::string faults(const std::string& yaml) {
  std::string text;
  for (const specs::Diagnostic& each : topology(yaml).diagnostics.sorted()) {
    text += (each.severity == specs::Severity::error ? "error: " : "warning: ") + each.message + "\n";
    if (!each.hint.empty()) text += "hint: " + each.hint + "\n";
    for (const specs::Note& note : each.notes) text += "note: " + note.text + "\n";
  }
  return text;
}

}  // namespace nsbuild::netgraph
