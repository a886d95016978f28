// Names that would lead somewhere else than they seem to.
#include "netgraph/check_services.hpp"
#include "netgraph/host_table.hpp"

namespace nsbuild::netgraph {
namespace {

std::string who(const NetGraph& graph, const Called& called) {
  return called.service != nullptr ? "service \"" + called.service->name + '"'
                                   : "namespace \"" + graph.places[called.place].name + '"';
}

}  // namespace

void check_names(Draft& draft) {
  const std::vector<Called> all = all_called(draft.graph);
  std::map<std::string_view, const Called*> first;
  for (const Called& called : all) {
    const auto [other, fresh] = first.try_emplace(called.name, &called);
    const Called& holder = *other->second;
    if (fresh || holder.place == called.place) continue;  // where they are one host both have its addresses
    draft.diagnostics
        .warning(called.at, "the name \"" + called.name + "\" leads to " + who(draft.graph, holder) + ", not to " +
                                who(draft.graph, called))
        .notes.push_back({holder.at, "it is called so, too"});
  }
}

}  // namespace nsbuild::netgraph
