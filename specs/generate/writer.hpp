// The text of a generated topology: its sections in the order in which people write them, and the few forms of numbers,
// lists and addresses in it.
#pragma once
#include "specs/generate/generate.hpp"

#include <string>
#include <vector>

namespace nsbuild::specs {

/// What differs from shape to shape; an empty section is left out.
struct Sections {
  std::string name;                   // of the lab
  std::vector<std::string> comments;  // the head of the file, a line each
  bool forwarding = false;            // in every namespace
  std::string namespaces, links, networks;
};

std::string file_text(const Sections& sections, const Extras& extras);

/// `first` to `last` as the language's ranges write it: "[3-7]", and "3" when that is all.
std::string numbers(unsigned first, unsigned last);

/// A flow sequence, with quotes for what needs them there: `[n1:eth0, "n[2-3]:eth0"]`.
std::string flow_list(const std::vector<std::string>& items);

/// A /24 of 10.0.0.0/8 and a /64 of fd00::/16 that go together, without what stands for the host: "10.0.7" and
/// "fd00:0:7". The parts may be ranges, which are decimal in IPv6, too.
struct Net {
  std::string v4, v6;
};

/// 10.<high>.<low>.
Net net(const std::string& high, const std::string& low);
/// The `index`-th of 65536 in a row, in IPv6 also as a number, so that neighbours can share a prefix.
Net net_at(unsigned index);

/// Consecutive indexes whose nets differ in one number only, so that one range says them all.
struct Run {
  unsigned first, last;

  /// first to last, and both moved by `offset`.
  std::string of(unsigned offset = 0) const { return numbers(first + offset, last + offset); }
  Net nets() const;
};
/// `first` to `last`, cut where a range has to end; none when first is greater.
std::vector<Run> runs(unsigned first, unsigned last);

/// Texts that come once a family.
class Both {
 public:
  explicit Both(const Extras& extras) : ipv6_(extras.ipv6) {}
  /// For `subnet:`, a list where there are two.
  std::string subnet(const Net& net) const;
  /// Adds `<to> via <host number `host` of net>` to `routes`.
  void route(std::vector<std::string>& routes, const Net& to, const Net& via, unsigned host) const;
  void default_route(std::vector<std::string>& routes, const Net& via, unsigned host) const;
  /// A default route with several ways, each to that host.
  void default_routes(std::vector<std::string>& routes, const std::vector<Net>& vias, unsigned host) const;

 private:
  bool ipv6_;
};

/// The 2^bits nets from the `index`-th on as one prefix; `index` is a multiple of 2^bits. Complete with its length.
Net block(unsigned index, unsigned bits);

/// A namespace's entry: on one line where there is room, else with a route a line.
std::string namespace_entry(const std::string& name, const std::vector<std::string>& routes);
/// A router's among hosts: the same, with its own word that it forwards.
std::string router_entry(const std::string& name, const std::vector<std::string>& routes);
std::string link_line(const std::string& a, const std::string& b, const std::string& subnet);

}  // namespace nsbuild::specs
