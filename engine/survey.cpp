#include "engine/survey.hpp"

#include "engine/error.hpp"
#include "engine/linux/mark.hpp"
#include "engine/linux/netns.hpp"
#include "engine/ready/readiness.hpp"
#include "engine/service/services.hpp"

#include <algorithm>

#include <fcntl.h>
#include <net/if.h>

namespace nsbuild::engine {

namespace {

using planner::Bridge;
using planner::Namespace;
using planner::State;
using planner::Veth;

const LinkMessage* find_link(const OpenPlace& place, const std::string& name) {
  const auto& links = place.devices.links();
  const auto found =
      std::find_if(links.begin(), links.end(), [&](const LinkMessage& link) { return link.name == name; });
  return found == links.end() ? nullptr : &*found;
}

enum class Owner { us, us_half_made, nobody, stranger };

/// A regular file where a pin was is what a killed apply or another boot left: nobody's, when the journal names it.
Owner owner_of_pin(Machine& machine, const Journal& journal, const std::string& name) {
  const Place place{machine.lab(), name};
  const bool journaled = journal.places.contains(name);
  const Fd pin(::open(pin_path(place).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!pin && errno == ENOENT) return Owner::nobody;
  const ino_t inode = pin ? netns_inode(pin) : 0;
  if (inode == 0) return journaled ? Owner::nobody : Owner::stranger;
  machine.places.expect(name, inode);
  OpenPlace& open = machine.places.at(name);
  open.devices.load(*open.socket);
  const LinkMessage* lo = find_link(open, "lo");
  if (lo != nullptr && is_marked(open, *lo, machine.lab())) return Owner::us;
  const bool unmarked = lo == nullptr || lo->alias.value_or("").empty();
  return unmarked && journaled && journal.boot_id == boot_id() ? Owner::us_half_made : Owner::stranger;
}

/// Everything of a lab while it is being looked at.
class Survey {
 public:
  Survey(Machine& machine, const State& wish)
      : machine_(machine), wish_(wish), journal_(read_journal(machine.lab()).value_or(Journal{})) {}

  State run() {
    find_places();
    look_at_host();
    refuse_strangers();
    for (const Sight& sight : sights_) look_into(sight);
    see_veths(sights_);
    find_foreign_pairs();
    refuse_strangers();
    see_hosts(machine_.lab(), state_);
    for (RunningService& service : find_services(machine_.lab())) see(service);
    return std::move(state_);
  }

 private:
  /// An apply that was killed may have made anew what a oneshot had worked on.
  void see(RunningService& service) {
    const auto undone = journal_.undone.find(service.spec.name);
    const bool counts = undone == journal_.undone.end() || service.started_at > undone->second;
    if (service.spec.state == planner::RunState::completed && !counts && journal_.boot_id == boot_id())
      service.spec.state = planner::RunState::stopped;
    const auto wish = wish_.find(planner::key_of<planner::Ready>("", service.spec.name));
    if (wish != wish_.end() && is_ready(std::get<planner::Ready>(wish->second), service))
      planner::put(state_, wish->second);
    planner::put(state_, std::move(service.spec));
  }

  Sight sight_of(OpenPlace& place) { return {machine_, place, wish_, journal_, {}, state_}; }

  void find_places() {
    const std::vector<std::string> pins = pinned(machine_.lab());
    machine_.places.keep_only({pins.begin(), pins.end()});
    for (const std::string& name : pins) {
      const Owner owner = owner_of_pin(machine_, journal_, name);
      const bool ours = owner == Owner::us || owner == Owner::us_half_made;
      if (owner == Owner::stranger && wish_.contains(planner::key(Namespace{.name = name})))
        strangers_.push_back("namespace " + name + ": " + pin_path({machine_.lab(), name}) + " " + whose(name));
      if (!ours) machine_.places.forget(name);
      if (!ours) continue;
      OpenPlace& place = machine_.places.at(name);
      const LinkMessage* lo = find_link(place, "lo");
      // A half-made one counts as down, so that an apply marks it when it sets its loopback up.
      const bool up = owner == Owner::us && lo != nullptr && (lo->header.ifi_flags & IFF_UP) != 0;
      planner::put(state_, Namespace{.name = name, .lo_up = up});
      sights_.push_back(sight_of(place));
      check_kinds(place);
    }
  }

  std::string whose(const std::string& name) {
    const OpenPlace* place = machine_.places.find(name);
    const LinkMessage* lo = place != nullptr ? find_link(*place, "lo") : nullptr;
    if (lo == nullptr) return "is no network namespace, and not ours";
    const std::string alias = lo->alias.value_or("");
    if (!alias.starts_with(mark_prefix)) return "was not made by nsbuild";
    const auto blank = alias.find(' ');
    return "belongs to the run directory " + (blank == std::string::npos ? "/run/nsbuild" : alias.substr(blank + 1));
  }

  void look_at_host() {
    OpenPlace& host = machine_.places.at("host");
    host.devices.load(*host.socket);
    Sight sight = sight_of(host);
    sight.ours = own_host_devices(host, machine_.lab(), journal_);
    each_declared_end("host", [&](const planner::VethEnd& end) {
      const LinkMessage* link = find_link(host, end.name);
      if (link != nullptr && !sight.ours.contains(static_cast<std::uint32_t>(link->header.ifi_index)))
        strangers_.push_back("device " + end.name + " on the host is not this lab's");
    });
    sights_.push_back(std::move(sight));
  }

  template <class Each>
  void each_declared_end(const std::string& place, const Each& each) {
    for (const Veth* veth : declared_veths())
      for (const planner::VethEnd* end : {&veth->a, &veth->b})
        if (end->place == place) each(*end);
  }

  const std::vector<const Veth*>& declared_veths() {
    if (veths_.empty())
      for (const auto& [key, resource] : wish_)
        if (const auto* veth = std::get_if<Veth>(&resource)) veths_.push_back(veth);
    return veths_;
  }

  /// A device of another kind at a declared name.
  void check_kinds(const OpenPlace& place) {
    for (const LinkMessage& link : place.devices.links()) {
      const auto name = std::pair(place.name, link.name.value_or(""));
      const auto wanted = declared_kinds().find(name);
      if (wanted != declared_kinds().end() && wanted->second != link_kind(link))
        strangers_.push_back("device " + name.second + " in " + name.first + " is a " +
                             (link_kind(link).empty() ? "physical device" : link_kind(link)) + ", not a " +
                             std::string(wanted->second));
    }
  }

  using Names = std::map<std::pair<std::string, std::string>, std::string_view>;
  const Names& declared_kinds() {
    if (!kinds_.empty()) return kinds_;
    for (const auto& [key, resource] : wish_) {
      if (const auto* bridge = std::get_if<Bridge>(&resource)) kinds_[{bridge->place, bridge->name}] = Bridge::kind;
      if (const auto* veth = std::get_if<Veth>(&resource)) {
        kinds_[{veth->a.place, veth->a.name}] = Veth::kind;
        kinds_[{veth->b.place, veth->b.name}] = Veth::kind;
      }
    }
    return kinds_;
  }

  void look_into(const Sight& sight) {
    machine_.places.at(sight.place.name);  // open again, if it had to make room
    if (sight.place.is_host()) {
      if (!sight.ours.empty()) see_addresses(sight);
      const bool routes = !sight.ours.empty() || !journal_.host_routes.empty();
      if (routes || !declared_in<planner::Route>(wish_, "host").empty()) see_routes(sight);
      return;
    }
    see_bridges(sight);
    see_addresses(sight);
    see_routes(sight);
    see_rules(sight);
    see_sysctls(sight);
  }

  /// A veth at a declared name that has another partner: ours is replaced by the plan, anybody else's is not touched.
  void find_foreign_pairs() {
    for (const Veth* veth : declared_veths()) {
      if (state_.contains(planner::key(*veth))) continue;
      for (const planner::VethEnd* end : {&veth->a, &veth->b}) {
        const OpenPlace* place = machine_.places.find(end->place);
        const LinkMessage* link = place != nullptr ? find_link(*place, end->name) : nullptr;
        if (link == nullptr || is_marked(*place, *link, machine_.lab()) || is_half_made(*place, *link, journal_))
          continue;
        strangers_.push_back("device " + end->name + " in " + end->place + " was not made by nsbuild");
      }
    }
  }

  void refuse_strangers() const {
    if (strangers_.empty()) return;
    std::string all;
    for (const std::string& one : strangers_) all += (all.empty() ? "" : "\n") + one;
    throw Error(all);
  }

  Machine& machine_;
  const State& wish_;
  const Journal journal_;
  State state_;
  std::vector<Sight> sights_;
  std::vector<std::string> strangers_;
  std::vector<const Veth*> veths_;
  Names kinds_;
};

}  // namespace

State survey(Machine& machine, const State& wish) {
  machine.originals.load();
  return Survey(machine, wish).run();
}

std::vector<OpenPlace*> own_places(Machine& machine, const Journal& journal) {
  std::vector<OpenPlace*> places;
  for (const std::string& name : pinned(machine.lab())) {
    const Owner owner = owner_of_pin(machine, journal, name);
    if (owner == Owner::us || owner == Owner::us_half_made) places.push_back(&machine.places.at(name));
  }
  return places;
}

bool is_half_made(const OpenPlace& host, const LinkMessage& link, const Journal& journal) {
  return host.is_host() && link.alias.value_or("").empty() && link.group == mark_group && link.name &&
         journal.host_devices.contains(*link.name) && journal.boot_id == boot_id();
}

std::set<std::uint32_t> own_host_devices(const OpenPlace& host, const std::string& lab, const Journal& journal) {
  std::set<std::uint32_t> indexes;
  for (const LinkMessage& link : host.devices.links())
    if (is_marked(host, link, lab) || is_half_made(host, link, journal))
      indexes.insert(static_cast<std::uint32_t>(link.header.ifi_index));
  return indexes;
}

}  // namespace nsbuild::engine
