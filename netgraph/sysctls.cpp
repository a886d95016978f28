// Settings below /proc/sys/net: normalised, ordered for writing.
#include "netgraph/draft.hpp"
#include "netgraph/sysctl_key.hpp"

#include <algorithm>

namespace nsbuild::netgraph {
namespace {

void add_forwarding(Place& place, const specs::Located<bool>& forwarding) {
  for (const char* key : {"net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"}) {
    place.sysctls.push_back({.key = key, .value = forwarding.value ? "1" : "0", .at = forwarding.at});
  }
}

/// Forwarding first, because writing it resets other keys; `all` and `default` before interfaces inherit from them.
int writing_order(const Sysctl& sysctl) {
  const SysctlKey key = SysctlKey::parse(sysctl.key);
  if (key.is_forwarding()) return 0;
  if (key.interface().empty()) return 1;
  if (key.interface() == "all") return 2;
  return key.interface() == "default" ? 3 : 4;
}

}  // namespace

void resolve_sysctls(Draft& draft) {
  for (std::size_t i = 0; i < draft.declared.size(); ++i) {
    if (draft.declared[i] == nullptr) continue;
    Place& place = draft.graph.places[i];
    if (draft.declared[i]->forwarding) add_forwarding(place, *draft.declared[i]->forwarding);
    for (const specs::Sysctl& said : draft.declared[i]->sysctls) {
      place.sysctls.push_back(
          {.key = SysctlKey::parse(said.key.value).text(), .value = said.value.value, .at = said.key.at});
    }
    std::stable_sort(place.sysctls.begin(), place.sysctls.end(),
                     [](const Sysctl& x, const Sysctl& y) { return writing_order(x) < writing_order(y); });
  }
}

}  // namespace nsbuild::netgraph
