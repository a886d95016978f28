// Which namespaces and networks there are.
#include "netgraph/draft.hpp"
#include "netgraph/names.hpp"

#include <algorithm>

namespace nsbuild::netgraph {
namespace {

using specs::Located;

std::size_t add_place(Draft& draft, std::string name, Mark at, const specs::Namespace* declared) {
  draft.places.emplace(name, draft.graph.places.size());
  draft.graph.places.push_back({.name = std::move(name), .at = at});
  draft.declared.push_back(declared);
  return draft.graph.places.size() - 1;
}

/// True when a link or network has an end there.
bool has_end_at(const specs::Spec& spec, std::string_view name) {
  const auto at = [&](const specs::End& end) { return end.place.value == name; };
  const auto any = [&](const auto& entry) { return std::any_of(entry.ends.begin(), entry.ends.end(), at); };
  return std::any_of(spec.links.begin(), spec.links.end(), any) ||
         std::any_of(spec.networks.begin(), spec.networks.end(), any);
}

/// Two equal keys of a mapping are the reader's to report; different ones may expand to one name.
void report_twice(Draft& draft, const std::string& what, const Located<std::string>& name, Mark first) {
  if (!draft.complete) return;
  draft.diagnostics.error(name.at, what + " \"" + name.value + "\" is declared twice")
      .notes.push_back({first, "first declared here"});
}

void declare_namespaces(Draft& draft, const specs::Namespace*& host) {
  for (const specs::Namespace& ns : draft.spec.namespaces) {
    if (ns.name.value == host_place) {
      host = &ns;
    } else if (const auto first = draft.places.find(ns.name.value); first != draft.places.end()) {
      report_twice(draft, "namespace", ns.name, draft.graph.places[first->second].at);
    } else {
      add_place(draft, ns.name.value, ns.name.at, &ns);
    }
  }
}

void check_network_name(Draft& draft, const specs::Network& network) {
  const std::string& name = network.name.value;
  if (name == host_place || name == "lo") {
    draft.diagnostics.error(
        network.name.at, "a network cannot be called \"" + name + "\"",
        name == "lo" ? "its bridge would clash with the loopback interface" : "\"host\" is the caller's own namespace");
  } else if (const auto clash = draft.places.find(name); clash != draft.places.end()) {
    draft.diagnostics
        .error(network.name.at, "network \"" + name + "\" has the name of a namespace",
               "links could not tell them apart")
        .notes.push_back({draft.graph.places[clash->second].at, "the namespace is declared here"});
  }
}

void declare_networks(Draft& draft) {
  for (const specs::Network& network : draft.spec.networks) {
    if (const auto first = draft.networks.find(network.name.value); first != draft.networks.end()) {
      report_twice(draft, "network", network.name, draft.graph.networks[first->second].at);
      continue;
    }
    check_network_name(draft, network);
    draft.declared_networks.push_back(&network);
    draft.networks.emplace(network.name.value, draft.graph.networks.size());
    Network made{
        .name = network.name.value, .derived_mac = derive_mac(switch_place, network.name.value), .at = network.name.at};
    if (network.mtu) made.mtu = network.mtu->value;
    for (const Located<IpPrefix>& subnet : network.subnets) made.subnets.push_back(subnet.value);
    draft.graph.networks.push_back(std::move(made));
  }
}

}  // namespace

void declare_places(Draft& draft) {
  const specs::Namespace* host = nullptr;
  declare_namespaces(draft, host);
  declare_networks(draft);
  if (!draft.graph.networks.empty()) add_place(draft, switch_place, draft.graph.networks.front().at, nullptr);
  if (host != nullptr || has_end_at(draft.spec, host_place)) {
    add_place(draft, host_place, host != nullptr ? host->name.at : Mark{}, host);
  }
}

}  // namespace nsbuild::netgraph
