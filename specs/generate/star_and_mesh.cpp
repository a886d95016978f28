// Hosts that need no routes: all on one segment, or each linked to each.
#include "specs/generate/shapes.hpp"
#include "specs/generate/writer.hpp"

#include <fmt/format.h>

namespace nsbuild::specs {

std::string write_star(unsigned n, const Extras& extras) {
  constexpr unsigned most_in_24 = 254;
  Sections sections{.name = fmt::format("star{}", n)};
  sections.comments = {fmt::format("{} hosts on one network; their addresses come from its subnet, in order.", n)};
  const std::string v4 = n > most_in_24 ? "10.0.0.0/16" : "10.0.0.0/24";
  sections.namespaces = namespace_entry("h" + numbers(1, n), {});
  sections.networks =
      fmt::format("  lan:\n    subnet: {}\n    endpoints: {}\n", extras.ipv6 ? flow_list({v4, "fd00::/64"}) : v4,
                  flow_list({"h" + numbers(1, n) + ":eth0"}));
  return file_text(sections, extras);
}

/// Host i reaches host j by its interface ethj; their net has both numbers.
std::string write_mesh(unsigned n, const Extras& extras) {
  const Both both(extras);
  Sections sections{.name = fmt::format("mesh{}", n)};
  sections.comments = {
      fmt::format("{} hosts, a link between any two: eth5 of n2 leads to n5, on the net 10.2.5.0/24.", n)};
  if (n < 5) sections.comments = {fmt::format("{} hosts, a link between any two: eth2 of n1 leads to n2.", n)};
  sections.namespaces = namespace_entry("n" + numbers(1, n), {});
  for (unsigned i = 1; i < n; ++i) {
    const std::string others = numbers(i + 1, n);
    sections.links += link_line(fmt::format("n{}:eth{}", i, others), fmt::format("n{}:eth{}", others, i),
                                both.subnet(net(std::to_string(i), others)));
  }
  return file_text(sections, extras);
}

}  // namespace nsbuild::specs
