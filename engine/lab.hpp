// What the commands call: apply, destroy, observe and list labs, with lock, journal and recount around the one
// algorithm.
#pragma once
#include "engine/apply.hpp"
#include "engine/journal.hpp"
#include "engine/lock.hpp"
#include "engine/service/services.hpp"
#include "planner/state.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nsbuild::engine {

struct LabRequest {
  std::string lab;
  std::string topology;           // absolute path of the file; "" for standard input
  std::string names{};            // netgraph::HostTable as text, for those who enter a namespace later
  bool take_over = false;         // --take-over: although the lab is another file's
  bool must_be_new = false;       // refuse a lab that is already up
  bool ends_with_caller = false;  // note who is going to destroy it: when that is killed, it is garbage
  LockRequest lock;
};

/// Makes the machine agree with `wish` under the lab's lock. A call that finds nothing to do changes nothing. Throws
/// Error before anything is started: no privilege, another file's lab, a stranger's thing at a declared name, the lock.
Report apply_lab(const LabRequest& request, const planner::State& wish, const Options& options);

/// Removes all that is marked as the lab's, journal or not, and counts again: `remaining` names what is still there,
/// and the processes that keep a namespace alive (they are not killed).
Report destroy_lab(const std::string& lab, const LockRequest& lock, const Options& options);

/// The same for who has the lab's lock already and has read its record.
Report destroy_locked(const std::string& lab, Lock& lock, const std::optional<Journal>& record, const Options& options);

/// What a lock is taken for, as LockRequest::purpose says it.
inline constexpr const char* purpose_apply = "apply";
inline constexpr const char* purpose_destroy = "destroy";

/// What is there of a lab, for `plan`: takes no lock, changes nothing.
planner::State observe_lab(const std::string& lab, const planner::State& wish);

/// Throws Error when the lab is that of another file which still exists; names both.
void refuse_other_topology(const LabRequest& request);

/// Names of the labs of this run directory, found by their marks and records; sorted.
std::vector<std::string> labs();
/// The file that the lab was made from; none when there is no record of it, "" when it came from standard input.
std::optional<std::string> topology_of(const std::string& lab);

/// The run directory whose lab of this name has namespaces in /run/netns, by their marks; "" when there are none.
std::string run_dir_of_pins(const std::string& lab);

struct InterfaceStatus {
  std::string name, kind;  // "veth", "bridge", "loopback"
  bool up = false;
  std::optional<std::uint32_t> mtu;
  std::optional<MacAddress> mac;
  std::string peer;    // "server:eth0" of a veth
  std::string master;  // the bridge it is a port of
  std::vector<IpPrefix> addresses;
};

struct NamespaceStatus {
  std::string name;  // "host" only when the lab has devices there
  std::vector<InterfaceStatus> interfaces;
};

struct ServiceStatus {
  RunningService service;
  std::optional<std::chrono::nanoseconds> uptime;  // of a command that runs
};

struct LabStatus {
  std::string lab;
  std::optional<std::string> topology;
  std::vector<NamespaceStatus> namespaces;
  std::vector<ServiceStatus> services;
};

/// One lab, or all of them when `lab` is empty.
std::vector<LabStatus> status(const std::string& lab);

}  // namespace nsbuild::engine
