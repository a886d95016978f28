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
  std::string owner{};               // tmpfs: user[:group], looked up in the service's root
  bool recursive = true;             // bind only
  std::vector<std::string> lower{};  // overlay only, uppermost first: directories of the machine
  std::string upper{};               // overlay only; "" is thrown away with the service

  static constexpr auto fields = std::tuple{
      Field{"type", &Mount::type},
      Field{"source", &Mount::source},
      Field{"target", &Mount::target, Trait::key},
      Field{"read_only", &Mount::read_only},
      Field{"recursive", &Mount::recursive},
      Field{"lower", &Mount::lower},
      Field{"upper", &Mount::upper},
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

/// A limit of setrlimit(2); none is unlimited.
struct Rlimit {
  std::string name{};  // "nofile"
  std::optional<std::uint64_t> soft{};
  std::optional<std::uint64_t> hard{};

  static constexpr auto fields = std::tuple{
      Field{"name", &Rlimit::name, Trait::key},
      Field{"soft", &Rlimit::soft},
      Field{"hard", &Rlimit::hard},
  };
  bool operator==(const Rlimit&) const = default;
};

/// What observe saw of the process. The wish is `running`, of a oneshot `completed`; anything else as a target (a
/// rollback's) is left alone. `restarting` waits for its next start by its restart policy, which is as good as running.
enum class RunState { running, exited, stopped, completed, restarting };

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
  std::string user{};                 // user[:group]; "" is root
  std::string group{};                // instead of the user's own; "" is that
  std::vector<std::string> groups{};  // supplementary ones, beside the user's
  std::uint32_t umask = 022;
  std::optional<std::int32_t> nice{};  // none: as nsbuild's own
  std::vector<Rlimit> rlimits{};       // sorted by name
  std::string join{};                  // the service whose namespaces it runs in; "" has its own
  std::string rootfs{};                // a directory of the machine; "" is the machine's root
  specs::RootMode root_mode = specs::RootMode::shared;
  specs::DevMode dev = specs::DevMode::shared;
  bool own_hosts = false;     // a hosts file of its own, not that of its place
  bool own_resolver = false;  // the resolv.conf of its place, not the machine's
  bool says_hosts = false;    // names that the file says itself are in its hosts file, which then wins over /etc/netns
  bool oneshot = false;
  specs::RestartPolicy restart = specs::RestartPolicy::no;
  std::uint32_t restart_attempts = 0;  // 0 is without limit
  std::int32_t stop_signal = 15;
  std::uint32_t stop_timeout = 10000;  // ms, then SIGKILL
  /// `depends_on`: services that must have started (a oneshot: completed), or be ready, before this one starts. They
  /// only order; a difference is none.
  std::vector<std::string> after{}, after_ready{};
  RunState state = RunState::running;
  std::string exit{};    // how it ended, for the plan's words: "exit code 1", "signal 9 (Killed)"; "" while running
  std::string origin{};  // `topo.yaml:12`, for errors; never compared
  /// What an error says that is about one line of the file, and which: {"user ", "topo.yaml:14"}. Others are about
  /// `origin`, the command's.
  std::vector<std::pair<std::string, std::string>> origins{};

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
      Field{"group", &Service::group},
      Field{"groups", &Service::groups},
      Field{"umask", &Service::umask},
      Field{"nice", &Service::nice},
      Field{"rlimits", &Service::rlimits},
      Field{"join", &Service::join, Trait::fixed},
      Field{"rootfs", &Service::rootfs, Trait::fixed},
      Field{"root_mode", &Service::root_mode, Trait::fixed},
      Field{"dev", &Service::dev, Trait::fixed},
      Field{"own_hosts", &Service::own_hosts, Trait::fixed},
      Field{"own_resolver", &Service::own_resolver, Trait::fixed},
      Field{"says_hosts", &Service::says_hosts, Trait::birth},
      Field{"oneshot", &Service::oneshot},
      Field{"restart", &Service::restart},
      Field{"restart_attempts", &Service::restart_attempts},
      Field{"stop_signal", &Service::stop_signal},
      Field{"stop_timeout", &Service::stop_timeout},
      Field{"after", &Service::after, Trait::birth},
      Field{"after_ready", &Service::after_ready, Trait::birth},
      Field{"state", &Service::state},
      Field{"exit", &Service::exit, Trait::birth},
      Field{"origin", &Service::origin, Trait::birth},
      Field{"origins", &Service::origins, Trait::birth},
  };
  /// "exited (exit code 1)": how the plan says the state.
  std::string words_for(RunState Service::*member) const;

  /// The line of the file that a failure's words are about.
  std::string origin_of(const std::string& error) const;

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
