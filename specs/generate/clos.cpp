// A leaf-spine fabric: every leaf is linked to every spine and has one host. Net 0.i is that of leaf i and its host,
// net s.i that of spine s and leaf i.
#include "specs/generate/shapes.hpp"
#include "specs/generate/writer.hpp"

#include <fmt/format.h>

namespace nsbuild::specs {

namespace {

constexpr unsigned small = 8;                             // leaves, for which two spines will do
constexpr unsigned leaf_of_host = 1;                      // on net 0.i; the host is 2
constexpr unsigned spine_of_leaf = 1, leaf_of_spine = 2;  // on net s.i

Net net_of(unsigned spine, const std::string& leaves) { return net(std::to_string(spine), leaves); }
/// All nets of a spine.
Net all_of(unsigned spine) { return {fmt::format("10.{}.0.0/16", spine), fmt::format("fd00:{}::/32", spine)}; }
Net of_host(unsigned leaf) { return {fmt::format("10.0.{}.0/24", leaf), fmt::format("fd00:0:{}::/64", leaf)}; }

class Fabric {
 public:
  Fabric(unsigned leaves, const Extras& extras)
      : leaves_(leaves), spines_(leaves > small ? 4 : 2), all_leaves_(numbers(1, leaves)), both_(extras) {}

  unsigned spines() const { return spines_; }

  std::string namespaces() const {
    std::vector<std::string> host_routes, leaf_routes, spine_routes;
    both_.default_route(host_routes, net_of(0, all_leaves_), leaf_of_host);
    std::vector<Net> ways;
    for (unsigned spine = 1; spine <= spines_; ++spine) ways.push_back(net_of(spine, all_leaves_));
    both_.default_routes(leaf_routes, ways, spine_of_leaf);
    for (unsigned spine = 1; spine <= spines_; ++spine)
      both_.route(leaf_routes, all_of(spine), net_of(spine, all_leaves_), spine_of_leaf);
    const std::string all_spines = numbers(1, spines_);
    for (unsigned spine = 1; spine <= spines_; ++spine)  // other spines, by the first leaf
      both_.route(spine_routes, all_of(spine), net(all_spines, "1"), leaf_of_spine);
    for (unsigned leaf = 1; leaf <= leaves_; ++leaf)
      both_.route(spine_routes, of_host(leaf), net(all_spines, std::to_string(leaf)), leaf_of_spine);
    return router_entry("spine" + all_spines, spine_routes) + router_entry("leaf" + all_leaves_, leaf_routes) +
           namespace_entry("h" + all_leaves_, host_routes);
  }

  std::string links() const {
    std::string text =
        link_line("leaf" + all_leaves_ + ":eth0", "h" + all_leaves_ + ":eth0", both_.subnet(net_of(0, all_leaves_)));
    for (unsigned spine = 1; spine <= spines_; ++spine)
      text += link_line(fmt::format("spine{}:eth{}", spine, all_leaves_),
                        fmt::format("leaf{}:eth{}", all_leaves_, spine), both_.subnet(net_of(spine, all_leaves_)));
    return text;
  }

 private:
  unsigned leaves_, spines_;
  std::string all_leaves_;
  Both both_;
};

}  // namespace

std::string write_clos(unsigned n, const Extras& extras) {
  const Fabric fabric(n, extras);
  Sections sections{.name = fmt::format("clos{}", n)};
  sections.comments = {fmt::format("{} leaves with a host each, below {} spines, over which their traffic is spread.",
                                   n, fabric.spines())};
  sections.namespaces = fabric.namespaces();
  sections.links = fabric.links();
  return file_text(sections, extras);
}

}  // namespace nsbuild::specs
