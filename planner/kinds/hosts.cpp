#include "planner/kinds/hosts.hpp"

#include "planner/script.hpp"
#include "planner/state.hpp"
#include "planner/words.hpp"

#include <set>

namespace nsbuild::planner {

Key Hosts::identity() const { return key_of<Hosts>(place, ""); }
std::vector<Key> Hosts::needs() const { return {key_of<Namespace>("", place)}; }
std::vector<Key> Hosts::owners() const { return {}; }  // a file: the kernel does not remove it with the namespace
std::vector<std::string> Hosts::claims() const { return {}; }
Phase Hosts::phase() const { return Phase::hosts; }

std::vector<Hosts> Hosts::desire(const netgraph::NetGraph& graph) {
  std::set<std::size_t> places;
  for (const netgraph::Service& service : graph.services) places.insert(service.place);
  std::vector<Hosts> all;
  for (std::size_t place : places)
    all.push_back({.place = graph.places.at(place).name, .content = netgraph::hosts_file(graph, place)});
  return all;
}

void Hosts::shell(Script& script, const Hosts* before, const Hosts* after) {
  if (after == nullptr) return script.remove_file("hosts", before->place);
  // Written in place, so that services that run follow.
  script.line("printf %s " + quoted(after->content) + " >" + script.file("hosts", after->place));
}

}  // namespace nsbuild::planner
