// What names mean to the services of a namespace: the /etc/hosts and the resolv.conf that they see, files in the run
// directory, rewritten in place so that running services follow.
#pragma once
#include "planner/field.hpp"
#include "planner/kind.hpp"
#include "planner/shared_text.hpp"

#include <optional>
#include <string>
#include <vector>

namespace nsbuild::planner {

struct Hosts {
  std::string place{};
  std::string service{};  // "" is all of the place that have none of their own
  /// hosts(5); none where nobody has looked, because it is to be removed.
  std::optional<SharedText> content{};
  std::string resolv_conf{};  // resolv.conf(5); "" is none: the machine's holds

  static constexpr std::string_view kind = "hosts";
  // Running services have the file mounted, and one written anew would be another inode; so it goes after them.
  static constexpr bool reversible = false;
  static constexpr auto fields = std::tuple{
      Field{"place", &Hosts::place, Trait::key},
      Field{"service", &Hosts::service, Trait::key},
      Field{"content", &Hosts::content},
      Field{"resolv_conf", &Hosts::resolv_conf},
  };
  /// Of its files in their directories: `server`, `server.web`. The other way round it is of_file_name().
  std::string file_name() const;
  static Hosts of_file_name(const std::string& name);

  Key identity() const;
  std::vector<Key> needs() const;
  std::vector<Key> owners() const;
  std::vector<std::string> claims() const;
  Phase phase() const;
  static std::vector<Hosts> desire(const netgraph::NetGraph& graph);
  static void shell(Script& script, const Hosts* before, const Hosts* after);
  bool operator==(const Hosts&) const = default;
};

}  // namespace nsbuild::planner
