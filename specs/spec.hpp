// What a topology file says, typed but not yet understood: every value with its position, nothing resolved.
// The structs here and the key tables in specs/tables.hpp describe the same language; reader and JSON Schema come from
// the tables.
#pragma once
#include "specs/mark.hpp"
#include "specs/values/ip.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace nsbuild::specs {

enum class RouteType { unicast, blackhole, unreachable, prohibit };

/// One way on: through a gateway, a device or both.
struct NextHop {
  std::optional<Located<IpAddress>> via;
  std::optional<Located<std::string>> dev;
  std::uint32_t weight = 1;  // 1..256, as in ip-route(8)
  Mark at;
};

/// A route as `ip route` or netplan would say it.
struct Route {
  Located<IpPrefix> to;  // a default route is 0.0.0.0/0 or ::/0, the family taken from the next hop
  RouteType type = RouteType::unicast;
  std::vector<NextHop> nexthops;  // empty for the three types that drop
  std::optional<Located<std::uint32_t>> metric;
  std::optional<Located<std::uint32_t>> table;  // `main`, `local`, `default` are 254, 255, 253
  std::optional<Located<IpAddress>> source;     // `src`, netplan's `from`
  bool on_link = false;
  Mark at;
};

enum class RuleAction { lookup, blackhole, unreachable, prohibit };

/// A policy rule (ip-rule(8), netplan's routing-policy).
struct Rule {
  std::optional<Located<IpPrefix>> from, to;
  std::optional<Located<std::string>> iif, oif;
  std::optional<Located<std::uint32_t>> mark;
  std::optional<Located<std::uint32_t>> table;
  std::optional<Located<std::uint32_t>> priority;
  RuleAction action = RuleAction::lookup;
  std::optional<Family> family;  // only when neither `from` nor `to` says it; default IPv4
  Mark at;
};

struct Sysctl {
  Located<std::string> key;    // `net.…`, as written
  Located<std::string> value;  // text, inner white space as written
};

/// What a namespace says of an interface that it has anyway: today only `lo`.
struct Interface {
  Located<std::string> name;
  std::vector<Located<IpPrefix>> addresses;
};

/// A value of the file's own, for `${{NAME}}`.
struct Var {
  std::string value;
  Mark at;
  std::vector<Located<std::string>> references{};  // the `${{...}}` in it
};

using Vars = std::map<std::string, Var>;

/// A name and an address that the hosts file holds beside the lab's own.
struct ExtraHost {
  Located<std::string> name;
  IpAddress address;
};

/// What a namespace's private resolv.conf says (resolv.conf(5)).
struct Dns {
  std::vector<IpAddress> servers;
  std::vector<std::string> search;
  Mark at;
};

struct Namespace {
  Located<std::string> name;  // `host` is the caller's own
  std::optional<Located<bool>> forwarding;
  std::vector<Sysctl> sysctls;
  std::vector<Route> routes;
  std::vector<Rule> rules;
  std::vector<Interface> interfaces;
  std::vector<ExtraHost> hosts;
  std::optional<Dns> dns;
  Vars vars;
  Mark at;
};

/// One end of a link or of a network.
struct End {
  Located<std::string> place;                     // namespace, `host`, or (in a link) a network
  std::optional<Located<std::string>> interface;  // without: the next free ethN
  std::vector<Located<IpPrefix>> addresses;
  std::optional<Located<MacAddress>> mac;
  std::optional<Located<std::uint32_t>> mtu;  // bytes, 68..65535; wins over the link's
  std::optional<Located<bool>> up;
  Mark at;
};

struct Link {
  std::vector<End> ends;                   // exactly two, the reader has seen to it
  std::vector<Located<IpPrefix>> subnets;  // at most one of each family
  std::optional<Located<std::uint32_t>> mtu;
  std::size_t order = 0;  // among links and networks together, as the files have them
  Mark at;
};

struct Network {
  Located<std::string> name;
  std::size_t order = 0;
  std::vector<End> ends;
  std::vector<Located<IpPrefix>> subnets;
  std::optional<Located<std::uint32_t>> mtu;
  Mark at;
};

enum class MountType { bind, tmpfs, overlay, proc, devpts };

struct Mount {
  MountType type = MountType::bind;
  Located<std::string>
      source;  // bind only; absolute, relative ones already joined to the directory of the file that says them
  Located<std::string> target;  // absolute
  bool read_only = false;
  bool recursive = true;  // bind: with what is mounted below the source
  std::vector<Located<std::string>>
      lower;  // overlay: directories of the machine, uppermost first; absolute like source
  std::optional<Located<std::string>> upper;   // overlay: kept there, a directory of the machine; without: thrown away
  std::optional<Located<std::string>> size;    // tmpfs: bytes, or with k, m, g, %
  std::optional<Located<std::uint32_t>> mode;  // tmpfs: 0..07777
  std::optional<Located<std::string>> owner;   // tmpfs: user[:group]
  Mark at;
};

struct File {
  Located<std::string> target;  // absolute
  std::string content;          // already read when the file says `source:`; any bytes
  std::optional<Located<std::string>> source;
  bool is_template = false;  // `${{…}}` in what `source` holds is resolved, too
  std::uint32_t mode = 0644;
  std::optional<Located<std::string>> owner;  // user[:group], looked up in the service's root
  Mark at;
};

/// What `ready` looks at.
enum class Probe { tcp, udp, unix_socket, file, command, log };

/// When a service counts as ready; looked at from inside its namespaces, again and again until it holds.
struct Ready {
  Probe probe = Probe::tcp;
  std::optional<IpAddress> address;  // tcp, udp: a socket bound to it or to all addresses counts; none: any socket
  std::uint16_t port = 0;            // tcp, udp: 1..65535
  std::string text;                  // unix_socket, file: an absolute path; log: a regular expression of RE2
  std::vector<std::string> command;  // command: argv; ready when it exits with 0
  std::chrono::milliseconds timeout{30000};  // of the whole wait; then the apply fails
  std::chrono::milliseconds interval{1000};  // the longest pause between two looks; the first is 1 ms, then it doubles
  Mark at;
};

enum class Condition { started, ready, completed };

struct Dependency {
  Located<std::string> service;
  std::optional<Condition> condition;  // none: ready where the other has `ready`, completed where it is a oneshot, else
                                       // started
};

enum class RestartPolicy { no, on_failure, always };

struct Restart {
  RestartPolicy policy = RestartPolicy::no;
  std::uint32_t attempts = 0;  // on_failure: how often in a row at most; 0 is without limit
};

/// A limit of setrlimit(2).
struct Rlimit {
  std::string name;                   // as ulimits of Compose: "nofile", "memlock", without RLIMIT_
  std::optional<std::uint64_t> soft;  // none is unlimited
  std::optional<std::uint64_t> hard;
  Mark at;
};

enum class RootMode { shared, private_overlay, read_only };
enum class DevMode { shared, minimal };

struct Service {
  Located<std::string> name;
  std::optional<Located<std::string>> scope;  // the namespace entry that holds it: other services of that entry are
                                              // looked up before those of the whole file, by their short names
  Located<std::string> short_name;            // as written; `name` is `<namespace>-<short name>` in a namespace's entry
  Located<std::string> namespace_name;        // empty with `join`
  std::optional<Located<std::string>> join;   // the service whose namespaces it runs in
  std::vector<std::string> command;           // argv; a command string is already {"/bin/sh", "-c", text}
  Mark command_at;
  std::optional<Located<std::string>> hostname;
  std::vector<std::pair<std::string, std::string>> environment;  // in file order
  std::optional<Located<std::string>> working_dir;
  std::optional<Located<std::string>> user;   // user[:group]
  std::optional<Located<std::string>> group;  // instead of the user's own
  std::vector<Located<std::string>> groups;   // supplementary ones, beside those that the user is in
  std::uint32_t umask = 022;                  // 0..0777
  std::optional<std::int32_t> nice;           // -20..19, setpriority(2)
  std::vector<Rlimit> rlimits;
  std::vector<Mount> mounts;
  std::vector<File> files;
  std::optional<Located<std::string>> rootfs;  // absolute; that directory is its root
  RootMode root_mode = RootMode::shared;
  DevMode dev = DevMode::shared;
  std::optional<Ready> ready;
  std::vector<Dependency> depends_on;
  bool oneshot = false;  // apply waits until it has ended with 0
  Restart restart;
  std::int32_t stop_signal = 15;                  // SIGTERM
  std::chrono::milliseconds stop_timeout{10000};  // then SIGKILL
  std::vector<ExtraHost> hosts;                   // of this service alone, beside its namespace's
  Vars vars;
  std::vector<Located<std::string>> references;  // every `${{...}}` in its strings, vars apart, where it stands
  Mark at;
};

struct Spec {
  Located<std::string> name;  // given, from --name, or the file's stem
  std::string path;           // absolute path of the topology file; empty for standard input
  FileNames files;            // relative to the topology file's directory; `-` is standard input
  bool lost_names = false;    // a namespace or service is missing because its ranges are wrong: say no more of names
  std::vector<Namespace> namespaces;  // all vectors in file order
  std::vector<Link> links;
  std::vector<Network> networks;
  std::vector<Service> services;  // those of namespace entries, too
  std::vector<ExtraHost> hosts;   // in every hosts file of the lab
  Vars vars;
};

}  // namespace nsbuild::specs
