// A binary tree of routers, numbered row by row: below router k are 2k and 2k+1. The nets of the links are numbered
// from left to right instead, so that what lies below a router is one prefix.
#include "specs/generate/shapes.hpp"
#include "specs/generate/writer.hpp"

#include <bit>

#include <fmt/format.h>

namespace nsbuild::specs {

namespace {

constexpr unsigned upper = 1, lower = 2;  // the hosts of a link's net

class Tree {
 public:
  Tree(unsigned n, const Extras& extras) : n_(n), rows_(row(n) + 1), both_(extras) {}

  /// Of the link that leads up from router k.
  Net net(unsigned k) const { return net_at(place(k)); }
  std::string subnet(unsigned k) const { return both_.subnet(net(k)); }
  bool is_there(unsigned k) const { return k <= n_; }

  std::vector<std::string> routes(unsigned k) const {
    std::vector<std::string> routes;
    if (k > 1) both_.default_route(routes, net(k), upper);
    for (const unsigned child : {2 * k, 2 * k + 1})
      if (has_children(child)) both_.route(routes, below(child), net(child), lower);
    // The block to the left begins with a net that belongs further up, unless nothing or the top is there.
    const unsigned first = start(2 * k);
    if (has_children(2 * k) && first != 0 && first != place(1)) both_.route(routes, block(first, 0), net(k), upper);
    return routes;
  }

 private:
  static unsigned row(unsigned k) { return static_cast<unsigned>(std::bit_width(k >> 1U)); }
  bool has_children(unsigned k) const { return 2 * k <= n_; }
  /// Half of the nets that lie below router k and its link, as bits.
  unsigned half_bits(unsigned k) const { return rows_ - 1 - row(k); }
  unsigned start(unsigned k) const { return (k - (1U << row(k))) << (half_bits(k) + 1); }
  /// In the middle: half of what is below is to the left of it.
  unsigned place(unsigned k) const { return start(k) + (1U << half_bits(k)); }
  Net below(unsigned k) const { return block(start(k), half_bits(k) + 1); }

  unsigned n_, rows_;
  Both both_;
};

}  // namespace

std::string write_tree(unsigned n, const Extras& extras) {
  const Tree tree(n, extras);
  Sections sections{.name = fmt::format("tree{}", n), .forwarding = true};
  sections.comments = {fmt::format("A tree of {} routers, n1 on top and two below each: n2 and n3 below n1.", n),
                       "eth0 leads up, eth1 and eth2 lead down; what lies below a router is one prefix."};
  for (unsigned k = 1; k <= n; ++k) {
    sections.namespaces += namespace_entry(fmt::format("n{}", k), tree.routes(k));
    for (const unsigned side : {1U, 2U})
      if (const unsigned child = 2 * k + side - 1; tree.is_there(child))
        sections.links +=
            link_line(fmt::format("n{}:eth{}", k, side), fmt::format("n{}:eth0", child), tree.subnet(child));
  }
  return file_text(sections, extras);
}

}  // namespace nsbuild::specs
