#include "planner/kinds/hosts.hpp"

#include "netgraph/host_table.hpp"
#include "planner/script.hpp"
#include "planner/state.hpp"
#include "planner/words.hpp"

#include <algorithm>
#include <set>

namespace nsbuild::planner {

std::string Hosts::file_name() const { return service.empty() ? place : place + '.' + service; }

Hosts Hosts::of_file_name(const std::string& name) {
  const std::size_t dot = name.find('.');  // names have none
  return {.place = name.substr(0, dot), .service = dot == std::string::npos ? "" : name.substr(dot + 1)};
}

Key Hosts::identity() const { return key_of<Hosts>(place, service); }
std::vector<Key> Hosts::needs() const { return {key_of<Namespace>("", place)}; }
std::vector<Key> Hosts::owners() const { return {}; }  // a file: the kernel does not remove it with the namespace
std::vector<std::string> Hosts::claims() const { return {}; }
Phase Hosts::phase() const { return Phase::hosts; }

std::vector<Hosts> Hosts::desire(const netgraph::NetGraph& graph) {
  std::vector<Hosts> all;
  std::set<std::size_t> places;
  for (const netgraph::Service& service : graph.services) places.insert(service.place);
  const bool any_resolver = std::any_of(graph.places.begin(), graph.places.end(),
                                        [](const netgraph::Place& at) { return !at.resolv_conf.empty(); });
  if (places.empty() && !any_resolver) return all;
  const netgraph::HostTable table = netgraph::host_table(graph);
  const netgraph::HostsFiles files(table);
  for (std::size_t i = 0; i < graph.places.size(); ++i) {
    const netgraph::Place& place = graph.places[i];
    if (!places.contains(i) && place.resolv_conf.empty()) continue;
    all.push_back({.place = place.name, .content = files.of(place.name), .resolv_conf = place.resolv_conf});
  }
  for (const netgraph::Service& service : graph.services) {
    if (service.spec.hosts.empty()) continue;
    const std::string& place = graph.places.at(service.place).name;
    all.push_back({.place = place, .service = service.name, .content = files.of(place, service.spec.hosts)});
  }
  return all;
}

void Hosts::shell(Script& script, const Hosts* before, const Hosts* after) {
  // Written in place, so that services that run follow.
  const auto write = [&](const char* directory, const std::string& text) {
    script.line("printf %s " + quoted(text) + " >" + script.file(directory, after->file_name()));
  };
  if (after == nullptr) script.remove_file("hosts", before->file_name());
  if (after != nullptr) write("hosts", after->content.value_or("").str());
  if (after != nullptr && !after->resolv_conf.empty())
    write("resolv.conf", after->resolv_conf);
  else if (before != nullptr && !before->resolv_conf.empty())
    script.remove_file("resolv.conf", before->file_name());
}

}  // namespace nsbuild::planner
