// A service: what its namespaces hold (fixed: a difference replaces its init) and the process in them (live: replaced
// under the same init).
#pragma once
#include "planner/field.hpp"
#include "planner/kind.hpp"
#include "specs/spec.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace nsbuild::planner {

/// A mount inside the service's mount namespace, in the order of application (depth of the target, then file order).
struct Mount {
  specs::MountType type = specs::MountType::bind;
  std::string source{};  // bind only: a path of the machine
  std::string target{};
  bool read_only = false;
  std::string size{};  // tmpfs; "" is the kernel's default
  std::optional<std::uint32_t> mode{};
  std::string owner{};  // tmpfs: user[:group], looked up in the service's root

  static constexpr auto fields = std::tuple{
      Field{"type", &Mount::type},
      Field{"source", &Mount::source},
      Field{"target", &Mount::target, Trait::key},
      Field{"read_only", &Mount::read_only},
      Field{"size", &Mount::size},
      Field{"mode", &Mount::mode},
      Field{"owner", &Mount::owner},
  };
  bool operator==(const Mount&) const = default;
};

/// A file of the service's own; its bytes are part of the spec.
struct File {
  std::string target{};
  std::string content{};
  std::uint32_t mode = 0644;
  std::string owner{};

  static constexpr auto fields = std::tuple{
      Field{"target", &File::target, Trait::key},
      Field{"content", &File::content},
      Field{"mode", &File::mode},
      Field{"owner", &File::owner},
  };
  bool operator==(const File&) const = default;
};

/// What observe saw of the process. The wish is `running`; anything else as a target (a rollback's) is left alone.
enum class RunState { running, exited, stopped };

struct Service {
  std::string name{};
  std::string place{};
  std::string hostname{};
  std::vector<Mount> mounts{};
  std::vector<File> files{};
  std::vector<std::string> command{};
  /// Sorted by name; PATH, LANG, NSBUILD_LAB and NSBUILD_SERVICE included. HOME and USER only when the file says them:
  /// else they follow from `user` and are looked up at start, in the service's root.
  std::vector<std::pair<std::string, std::string>> environment{};
  std::string working_dir = "/";
  std::string user{};  // user[:group]; "" is root
  RunState state = RunState::running;
  std::string exit{};    // how it ended, for the plan's words: "exit code 1", "signal 9 (Killed)"; "" while running
  std::string origin{};  // `topo.yaml:12`, for errors; never compared

  static constexpr std::string_view kind = "service";
  static constexpr bool reversible = false;
  static constexpr auto fields = std::tuple{
      Field{"name", &Service::name, Trait::key},
      Field{"place", &Service::place, Trait::fixed},
      Field{"hostname", &Service::hostname, Trait::fixed},
      Field{"mounts", &Service::mounts, Trait::fixed},
      Field{"files", &Service::files, Trait::fixed},
      Field{"command", &Service::command},
      Field{"environment", &Service::environment},
      Field{"working_dir", &Service::working_dir},
      Field{"user", &Service::user},
      Field{"state", &Service::state},
      Field{"exit", &Service::exit, Trait::birth},
      Field{"origin", &Service::origin, Trait::birth},
  };
  /// "exited (exit code 1)": how the plan says the state.
  std::string words_for(RunState Service::*member) const;

  Key identity() const;
  std::vector<Key> needs() const;
  std::vector<Key> owners() const;
  std::vector<std::string> claims() const;
  Phase phase() const;
  static std::vector<Service> desire(const netgraph::NetGraph& graph);
  static void shell(Script& script, const Service* before, const Service* after);
  bool operator==(const Service&) const = default;
};

}  // namespace nsbuild::planner
