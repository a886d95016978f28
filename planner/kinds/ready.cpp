#include "planner/kinds/ready.hpp"

#include "planner/origin.hpp"
#include "planner/script.hpp"
#include "planner/state.hpp"
#include "planner/words.hpp"

namespace nsbuild::planner {

Key Ready::identity() const { return key_of<Ready>("", service); }
std::vector<Key> Ready::needs() const { return {key_of<Service>("", service)}; }
std::vector<Key> Ready::owners() const { return {key_of<Service>("", service)}; }
std::vector<std::string> Ready::claims() const { return {}; }
Phase Ready::phase() const { return Phase::services; }

std::vector<Ready> Ready::desire(const netgraph::NetGraph& graph) {
  std::vector<Ready> all;
  for (const netgraph::Service& service : graph.services) {
    if (!service.spec.ready) continue;
    const specs::Ready& said = *service.spec.ready;
    all.push_back({.service = service.name,
                   .probe = said.probe,
                   .address = said.address,
                   .port = said.port,
                   .text = said.text,
                   .command = said.command,
                   .timeout = static_cast<std::uint32_t>(said.timeout.count()),
                   .interval = static_cast<std::uint32_t>(said.interval.count()),
                   .origin = origin_of(graph, said.at)});
  }
  return all;
}

void Ready::shell(Script& script, const Ready* /*before*/, const Ready* after) {
  if (after != nullptr) script.line("# " + after->service + " is ready: " + words(*after));
}

}  // namespace nsbuild::planner
