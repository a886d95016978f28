// A ring and a line of routers: link i leads from router i to the next one and has net i.
#include "specs/generate/shapes.hpp"
#include "specs/generate/writer.hpp"

#include <array>
#include <bit>

#include <fmt/format.h>

namespace nsbuild::specs {

namespace {

constexpr unsigned nearer = 1, farther = 2;  // the hosts of a link's net at router i and at the next one
constexpr unsigned lifetime = 64;            // net.ipv4.ip_default_ttl and net.ipv6.conf.all.hop_limit

void note_lifetime(Sections& sections, unsigned n) {
  if (n > lifetime)
    sections.comments.push_back(
        fmt::format("A packet lives {} hops, unless sysctls say otherwise: it does not get farther.", lifetime));
}

/// What the nets 0 to `last` are as prefixes: a block for each bit of their number.
std::vector<Net> prefixes_up_to(unsigned last) {
  std::vector<Net> prefixes;
  unsigned base = 0;
  for (unsigned left = last + 1; left > 0;) {
    const auto bits = static_cast<unsigned>(std::bit_width(left)) - 1;
    prefixes.push_back(block(base, bits));
    base += 1U << bits;
    left -= 1U << bits;
  }
  return prefixes;
}

/// The nets to the left of router i that it is not on: 1 to i-2. It is on i-1 and i, which as /24 go before whatever
/// covers them, so the shortest list that ends with any of the three will do.
std::vector<Net> to_the_left(unsigned i) {
  unsigned last = i - 2;
  for (const unsigned other : {i - 1, i})
    if (std::popcount(other + 1) < std::popcount(last + 1)) last = other;
  return prefixes_up_to(last);
}

}  // namespace

std::string write_ring(unsigned n, const Extras& extras) {
  const Both both(extras);
  Sections sections{.name = fmt::format("ring{}", n), .forwarding = true};
  sections.comments = {fmt::format("A ring of {} routers. Packets go round clockwise: n1, n2, n3 ...", n)};
  note_lifetime(sections, n);
  for (const Run run : runs(1, n)) {
    std::vector<std::string> routes;
    both.default_route(routes, run.nets(), farther);
    sections.namespaces += namespace_entry("n" + run.of(), routes);
  }
  for (const Run run : runs(1, n - 1))
    sections.links += link_line("n" + run.of() + ":eth1", "n" + run.of(1) + ":eth0", both.subnet(run.nets()));
  sections.links += link_line(fmt::format("n{}:eth1", n), "n1:eth0", both.subnet(Run{n, n}.nets()));
  return file_text(sections, extras);
}

std::string write_line(unsigned n, const Extras& extras) {
  const Both both(extras);
  Sections sections{.name = fmt::format("line{}", n), .forwarding = true};
  sections.comments = {
      fmt::format(
          "{} routers in a row, each link a net. The default routes lead to the right, the last one's to the left;", n),
      "the nets to the left of a router are summed up."};
  note_lifetime(sections, n);
  for (unsigned i = 1; i <= n; ++i) {
    std::vector<std::string> routes;
    if (i < n) both.default_route(routes, net_at(i), farther);
    if (i == n) both.default_route(routes, net_at(i - 1), nearer);
    if (i > 2 && i < n)
      for (const Net& prefix : to_the_left(i)) both.route(routes, prefix, net_at(i - 1), nearer);
    sections.namespaces += namespace_entry(fmt::format("n{}", i), routes);
    if (i < n)
      sections.links += link_line(fmt::format("n{}:eth1", i), fmt::format("n{}:eth0", i + 1), both.subnet(net_at(i)));
  }
  return file_text(sections, extras);
}

}  // namespace nsbuild::specs
