// When things are made: the ranks of a plan.
#pragma once

namespace nsbuild::planner {

/// In the order of making; removals go the other way round. A removal that a making waits for (another resource claims
/// the name) comes just before the makings of its phase.
enum class Phase {
  namespaces,
  forwarding,       // first of the sysctls: writing it resets others (Documentation/networking/ip-sysctl.rst)
  settings,         // what devices inherit when they are born: `all`, `default`, and what is of no interface
  devices,          // bridges before veths: a port is born into its bridge
  device_settings,  // an interface's own sysctls
  addresses,
  routes,
  rules,
  hosts,
  services,  // and that they are ready
};

}  // namespace nsbuild::planner
