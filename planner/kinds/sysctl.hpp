// One `net.*` setting of a namespace. Removing it gives back the value from before nsbuild's first write.
#pragma once
#include "planner/field.hpp"
#include "planner/kind.hpp"

#include <string>
#include <vector>

namespace nsbuild::planner {

struct Sysctl {
  std::string place{};
  std::string key{};     // "net.ipv4.ip_forward"; a dot inside an interface name is "/"
  std::string value{};   // white space between words is one tab or blank in the kernel's answer; compare words
  std::string origin{};  // `topo.yaml:12`, for errors

  static constexpr std::string_view kind = "sysctl";
  static constexpr bool reversible = true;
  static constexpr auto fields = std::tuple{
      Field{"place", &Sysctl::place, Trait::key},
      Field{"key", &Sysctl::key, Trait::key},
      Field{"value", &Sysctl::value, Trait::words},
      Field{"origin", &Sysctl::origin, Trait::birth},
  };

  /// The interface whose own setting it is; "" for `all`, `default` and what is of no interface.
  std::string interface() const;
  /// Whether writing it resets others.
  bool is_forwarding() const;
  /// Whether it switches IPv6 off, at its interface or (`all`) everywhere.
  bool disables_ipv6() const;
  /// Whether writing this one sets that one, too.
  bool resets(const Sysctl& other) const;

  Key identity() const;
  std::vector<Key> needs() const;
  std::vector<Key> owners() const;
  std::vector<std::string> claims() const;
  Phase phase() const;
  static std::vector<Sysctl> desire(const netgraph::NetGraph& graph);
  static void shell(Script& script, const Sysctl* before, const Sysctl* after);
  bool operator==(const Sysctl&) const = default;
};

}  // namespace nsbuild::planner
