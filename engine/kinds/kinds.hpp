// How Linux makes, changes, removes and shows each kind of resource. A kind is one overload of change() and, where it
// is seen per namespace, one see_...().
#pragma once
#include "engine/journal.hpp"
#include "engine/linux/orphans.hpp"
#include "engine/linux/parallel.hpp"
#include "engine/linux/places.hpp"
#include "engine/linux/procfs.hpp"
#include "engine/service/services.hpp"
#include "planner/plan.hpp"
#include "planner/state.hpp"

#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace nsbuild::engine {

/// A bridge is made down and comes up behind its ports: what every interface has to tell when it comes up (MLD reports)
/// would go out of all ports that are there already.
struct ComingPorts {
  std::map<planner::Key, std::size_t> count;     // that the plan still brings, by bridge
  std::map<planner::Key, planner::Bridge> down;  // those that are made, and are to come up behind the last of them
};

/// What the kinds work on.
struct Machine {
  explicit Machine(const std::string& lab) : places(lab), originals(lab) {}

  const std::string& lab() const { return places.lab(); }

  Places places;
  std::array<Procfs, workers_max> procfs;  // one for each worker of in_parallel()
  Originals originals;
  std::vector<RunningService> services;  // as survey() has found them
  ComingPorts coming_ports;
  Orphans orphans;
  bool pins_shared = false;  // the pins' directory is known to be a shared mount
};

/// A step of one kind: without `before` it makes, without `after` it removes, with both it changes in place.
template <class Kind>
struct Change {
  const Kind* before = nullptr;
  const Kind* after = nullptr;
  const Kind& any() const { return after != nullptr ? *after : *before; }
};

// Each throws Refusal, SysError or Error with the kernel's words. What is gone already counts as removed.
void change(Machine& machine, const Change<planner::Namespace>& change);
void change(Machine& machine, const Change<planner::Sysctl>& change);
void change(Machine& machine, const Change<planner::Bridge>& change);
void change(Machine& machine, const Change<planner::Veth>& change);
void change(Machine& machine, const Change<planner::Address>& change);
void change(Machine& machine, const Change<planner::Route>& change);
void change(Machine& machine, const Change<planner::Rule>& change);
void change(Machine& machine, const Change<planner::Hosts>& change);

/// What the kernel tells of one namespace, before anybody makes sense of it. To read it takes nothing but the
/// namespace, so many can be read at once.
struct Reading {
  std::vector<AddressMessage> addresses;
  std::vector<RouteMessage> routes;  // of our protocol
  std::vector<RuleMessage> rules;
  std::map<std::string, std::string> settings;  // of the sysctls that matter, as far as they are there
};

std::vector<AddressMessage> read_addresses(OpenPlace& place);
/// The kernel filters by our protocol, so a full table of a routing daemon costs nothing.
std::vector<RouteMessage> read_routes(OpenPlace& place);
std::vector<RuleMessage> read_rules(OpenPlace& place);
/// Those of our protocol, whosever they are, as far as the language can say them.
std::vector<planner::Route> marked_routes(OpenPlace& place);
std::vector<planner::Rule> marked_rules(OpenPlace& place);
/// Those declared, and those that nsbuild once wrote.
std::map<std::string, std::string> read_sysctls(const OpenPlace& place, const planner::State& wish,
                                                const Originals& originals, const Fd& home, Procfs& procfs);

/// One namespace being looked at: it is open and its devices are loaded, what is found goes into `state`. What is not
/// const here is the namespace's own, so many can be looked at at once.
struct Sight {
  Machine& machine;
  OpenPlace& place;
  Reading reading;
  const planner::State& wish;
  const std::set<std::string>& host_routes;  // ids of the lab's routes on the host that name no device
  std::set<std::uint32_t> ours;              // on the host: indexes of the lab's devices; no others are looked at
  planner::State& state;

  /// Declared by the wish.
  bool declared(const planner::Resource& resource) const { return wish.contains(planner::key(resource)); }
  /// Marked or declared: then it goes into the state.
  void see(planner::Resource resource, bool marked) const;
};

void see_bridges(const Sight& sight);
void see_addresses(const Sight& sight);
void see_routes(const Sight& sight);
void see_rules(const Sight& sight);
void see_sysctls(const Sight& sight);
/// Joins the veth ends of all sights to pairs; `wish` says where to look first.
void see_veths(const std::vector<Sight>& sights);
void see_hosts(const std::string& lab, Scope::Depth depth, planner::State& state);

/// Whether the link carries the lab's mark: its group, on the host also its alias; `lo` only that.
bool is_marked(const OpenPlace& place, const LinkMessage& link, const std::string& lab);
/// Whether a veth end in one namespace has its other end, with our mark, in the other one, whose devices are known.
bool leads_into(const LinkMessage& end, OpenPlace& from, OpenPlace& to);
/// The kind that a link says it is: "veth", "bridge", "" for lo and hardware.
std::string link_kind(const LinkMessage& link);

/// A namespace that was just made, with a socket that was opened in it.
struct NewNamespace {
  Fd netns;
  Netlink socket;
};
/// Before the first of them is made. Throws SysError.
void prepare_pins(Machine& machine);
/// Touches nothing but the new namespace and its pin, so several can be made at once, each with a Procfs of its own.
NewNamespace make_namespace(const std::string& lab, const planner::Namespace& wanted, const Fd& home, Procfs& procfs);
/// Opens it for what comes next, and forgets what was noted of one that had its number.
void keep_namespace(Machine& machine, const std::string& name, NewNamespace made);

/// Removes veths with an end in `place`, all at once (one RCU grace period instead of one each). Throws when that is
/// refused; nothing is known then of any of them.
void remove_together(Machine& machine, const std::string& place, const std::vector<const planner::Veth*>& veths);

ComingPorts ports_to_come(const planner::Plan& plan);
/// The ports that a step was to bring are there, or have failed: bridges for which none is still to come go up. Throws
/// Error, which names the bridge.
void ports_have_come(Machine& machine, const Change<planner::Veth>& change);
/// Those that are down go up now: what a service finds when it starts carries packets. Throws likewise.
void raise_bridges(Machine& machine);

/// Runs `make`; when that fails because the object is there already (EEXIST) and `is_ours` says that it carries the
/// mark, runs `replace`. It happens when the kernel has kept what it usually takes along with something else.
template <class Make, class IsOurs, class Replace>
void make_or_replace(const Make& make, const IsOurs& is_ours, const Replace& replace) {
  try {
    make();
  } catch (const Refusal& refusal) {
    if (refusal.code() != EEXIST || !is_ours()) throw;
    replace();
  }
}

/// Every declared resource of one kind in one place.
template <class Kind>
std::vector<const Kind*> declared_in(const planner::State& wish, const std::string& place) {
  std::vector<const Kind*> found;
  const std::size_t kind = planner::Resource(Kind{}).index();
  for (auto at = wish.lower_bound(planner::Key{kind, place, ""}); at != wish.end(); ++at) {
    if (at->first.kind != kind || at->first.place != place) break;
    found.push_back(&std::get<Kind>(at->second));
  }
  return found;
}

}  // namespace nsbuild::engine
