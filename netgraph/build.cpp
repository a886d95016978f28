#include "netgraph/check_services.hpp"
#include "netgraph/draft.hpp"
#include "netgraph/segments.hpp"

#include <iterator>
#include <map>
#include <utility>

namespace nsbuild::netgraph {
namespace {

/// True when nothing but services can lack something that the file says: every error of the reader stands in one.
/// Services come last in most files, so "behind the start of one, and no new section" will do.
bool complete_but_for_services(const specs::Spec& spec, const specs::Diagnostics& diagnostics) {
  std::map<Mark, bool> is_service;
  for (const auto& ns : spec.namespaces) is_service[ns.at] = false;
  for (const auto& link : spec.links) is_service[link.at] = false;
  for (const auto& network : spec.networks) is_service[network.at] = false;
  // What stands behind a service within a namespace's entry may be that entry's own again.
  for (const auto& service : spec.services) is_service[service.at] = !service.scope;
  for (const specs::Diagnostic& each : diagnostics.sorted()) {
    if (each.severity == specs::Severity::warning) continue;
    const auto behind = is_service.upper_bound(each.at);
    if (each.at.column <= 1 || behind == is_service.begin()) return false;
    const auto& [entry, service] = *std::prev(behind);
    if (!service || entry.file != each.at.file) return false;
  }
  return true;
}

}  // namespace

NetGraph build(const specs::Spec& spec, specs::Diagnostics& diagnostics) {
  Draft draft{.spec = spec, .diagnostics = diagnostics, .graph = {}};
  draft.complete = complete_but_for_services(spec, diagnostics);
  draft.services_complete = !diagnostics.failed();
  draft.graph.lab = spec.name.value;
  draft.graph.file = spec.path;
  draft.graph.files = spec.files;
  declare_places(draft);
  lower_ends(draft);
  name_interfaces(draft);
  make_interfaces(draft);
  draft.segments = segments(draft.graph);
  check_host(draft);
  check_ends(draft);
  allocate_addresses(draft);
  check_addresses(draft);
  check_subnets(draft);
  check_segments(draft);
  resolve_routes(draft);
  resolve_rules(draft);
  resolve_sysctls(draft);
  resolve_names(draft);
  resolve_services(draft);
  resolve_templates(draft);
  resolve_order(draft);
  check_uppers(draft);
  check_names(draft);
  return std::move(draft.graph);
}

}  // namespace nsbuild::netgraph
