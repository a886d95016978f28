// What a topology file says, typed but not yet understood: every value with its position, nothing resolved.
// The structs here and the key tables in specs/tables.hpp describe the same language; reader and JSON Schema come from
// the tables.
#pragma once
#include "specs/mark.hpp"
#include "specs/values/ip.hpp"

#include <array>
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

struct Namespace {
  Located<std::string> name;  // `host` is the caller's own
  std::optional<Located<bool>> forwarding;
  std::vector<Sysctl> sysctls;
  std::vector<Route> routes;
  std::vector<Rule> rules;
  std::vector<Interface> interfaces;
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
  Mark at;
};

struct Network {
  Located<std::string> name;
  std::vector<End> ends;
  std::vector<Located<IpPrefix>> subnets;
  std::optional<Located<std::uint32_t>> mtu;
  Mark at;
};

enum class MountType { bind, tmpfs };

struct Mount {
  MountType type = MountType::bind;
  Located<std::string>
      source;  // bind only; absolute, relative ones already joined to the directory of the file that says them
  Located<std::string> target;  // absolute
  bool read_only = false;
  std::optional<Located<std::string>> size;    // tmpfs: bytes, or with k, m, g, %
  std::optional<Located<std::uint32_t>> mode;  // tmpfs: 0..07777
  std::optional<Located<std::string>> owner;   // tmpfs: user[:group]
  Mark at;
};

struct File {
  Located<std::string> target;  // absolute
  std::string content;          // already read when the file says `source:`; any bytes
  std::optional<Located<std::string>> source;
  std::uint32_t mode = 0644;
  std::optional<Located<std::string>> owner;  // user[:group], looked up in the service's root
  Mark at;
};

struct Service {
  Located<std::string> name;
  Located<std::string> namespace_name;
  std::vector<std::string> command;  // argv; a command string is already {"/bin/sh", "-c", text}
  Mark command_at;
  std::optional<Located<std::string>> hostname;
  std::vector<std::pair<std::string, std::string>> environment;  // in file order
  std::optional<Located<std::string>> working_dir;
  std::optional<Located<std::string>> user;  // user[:group]
  std::vector<Mount> mounts;
  std::vector<File> files;
  Mark at;
};

struct Spec {
  Located<std::string> name;          // given, from --name, or the file's stem
  std::string path;                   // absolute path of the topology file; empty for standard input
  std::vector<Namespace> namespaces;  // all vectors in file order
  std::vector<Link> links;
  std::vector<Network> networks;
  std::vector<Service> services;
};

}  // namespace nsbuild::specs
