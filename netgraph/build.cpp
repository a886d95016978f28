#include "netgraph/draft.hpp"
#include "netgraph/segments.hpp"

#include <utility>

namespace nsbuild::netgraph {

NetGraph build(const specs::Spec& spec, specs::Diagnostics& diagnostics) {
  Draft draft{.spec = spec, .diagnostics = diagnostics, .graph = {}};
  draft.complete = !diagnostics.failed();
  draft.graph.lab = spec.name.value;
  draft.graph.file = spec.path;
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
  resolve_services(draft);
  return std::move(draft.graph);
}

}  // namespace nsbuild::netgraph
