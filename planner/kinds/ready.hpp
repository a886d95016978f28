// That a service is ready: what those that depend on it wait for. Making it is waiting for it.
#pragma once
#include "planner/field.hpp"
#include "planner/kind.hpp"
#include "specs/spec.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nsbuild::planner {

/// There while the service's process is the one that was found ready by this very definition, or is ready now.
struct Ready {
  std::string service{};
  specs::Probe probe = specs::Probe::tcp;
  std::optional<IpAddress> address{};  // tcp, udp
  std::uint32_t port = 0;              // tcp, udp
  std::string text{};                  // unix, file: a path in the service's root; log: a regular expression
  std::vector<std::string> command{};
  std::uint32_t timeout = 30000;  // ms
  std::uint32_t interval = 1000;  // ms, at most between two looks
  std::string origin{};           // `topo.yaml:12`, for errors

  static constexpr std::string_view kind = "ready";
  static constexpr bool reversible = true;
  /// Nothing of its own that a step could take away: it goes with its service.
  static constexpr bool removable = false;
  static constexpr auto fields = std::tuple{
      Field{"service", &Ready::service, Trait::key},   Field{"probe", &Ready::probe, Trait::birth},
      Field{"address", &Ready::address, Trait::birth}, Field{"port", &Ready::port, Trait::birth},
      Field{"text", &Ready::text, Trait::birth},       Field{"command", &Ready::command, Trait::birth},
      Field{"timeout", &Ready::timeout, Trait::birth}, Field{"interval", &Ready::interval, Trait::birth},
      Field{"origin", &Ready::origin, Trait::birth},
  };

  /// "tcp 8080", "unix /run/app.sock": how plans, progress and errors say what is waited for.
  std::string summary() const;
  /// Of what is looked for, not of how long and how often; never 0.
  std::uint64_t hash() const;

  Key identity() const;
  std::vector<Key> needs() const;
  std::vector<Key> owners() const;
  std::vector<std::string> claims() const;
  Phase phase() const;
  static std::vector<Ready> desire(const netgraph::NetGraph& graph);
  static void shell(Script& script, const Ready* before, const Ready* after);
  bool operator==(const Ready&) const = default;
};

}  // namespace nsbuild::planner
