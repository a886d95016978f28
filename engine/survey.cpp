#include "engine/survey.hpp"

#include "engine/error.hpp"
#include "engine/host_routes.hpp"
#include "engine/linux/mark.hpp"
#include "engine/linux/netns.hpp"
#include "engine/listing.hpp"
#include "engine/ready/readiness.hpp"
#include "engine/service/services.hpp"

#include <algorithm>
#include <sstream>

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

enum class Owner { us, us_renamed, nobody, stranger };

/// An empty file where a pin was is what a killed apply or another boot left: nobody's, when the journal names it. A
/// namespace carries its mark before it is pinned; when somebody has changed its alias, its group and the journal still
/// tell. The place is open when it is a namespace: as it is now, if it was another one before.
class Ownership {
 public:
  Ownership(const Machine& machine, const Journal& journal, Scope::Depth depth)
      : lab_(machine.lab()),
        home_(machine.places.home()),
        journal_(journal),
        depth_(depth),
        is_of_this_boot_(engine::is_of_this_boot(journal)) {}

  Owner of(OpenPlace& place) const {
    const bool journaled = journal_.places.contains(place.name);
    const std::string path = pin_path({lab_, place.name});
    Fd pin(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
    if (!pin && is_absence(errno)) return Owner::nobody;
    if (!pin && (errno == ELOOP || errno == ENXIO)) return Owner::stranger;  // a link, a socket
    if (!pin) throw SysError("open " + path);
    const ino_t inode = netns_inode(pin);
    if (inode == 0) return journaled && is_bare_pin(path) ? Owner::nobody : Owner::stranger;
    if (!place.socket || place.inode != inode) place.open(std::move(pin), inode, home_);
    look(place);
    const LinkMessage* lo = find_link(place, "lo");
    if (lo != nullptr && is_marked(place, *lo, lab_)) return Owner::us;
    const bool renamed = lo != nullptr && lo->group == mark_group && !lo->alias.value_or("").starts_with(mark_prefix);
    return renamed && journaled && is_of_this_boot_ ? Owner::us_renamed : Owner::stranger;
  }

 private:
  void look(OpenPlace& place) const {
    if (depth_ == Scope::Depth::everything)
      place.devices.load(*place.socket);
    else
      place.devices.load_loopback(*place.socket);
  }

  const std::string& lab_;
  const Fd& home_;
  const Journal& journal_;
  Scope::Depth depth_;
  bool is_of_this_boot_;
};

/// The run directory that a mark names; "" of another alias.
std::string run_dir_of(const std::string& mark) {
  if (!mark.starts_with(mark_prefix)) return {};
  const auto blank = mark.find(' ');
  return blank == std::string::npos ? "/run/nsbuild" : mark.substr(blank + 1);
}

/// That of the place, if it is one of a lab of that name.
std::string marked_run_dir(const OpenPlace& place, const std::string& lab) {
  const LinkMessage* lo = find_link(place, "lo");
  const std::string mark = lo == nullptr ? "" : lo->alias.value_or("");
  const std::string plain = std::string(mark_prefix) + lab;
  return mark == plain || mark.starts_with(plain + ' ') ? run_dir_of(mark) : "";
}

bool is_ours(Owner owner) { return owner == Owner::us || owner == Owner::us_renamed; }

/// The names in /proc/net/dev: read without the lock (rtnl_mutex) that the kernel holds for long while namespaces die.
std::set<std::string> device_names() {
  std::set<std::string> names;
  std::istringstream file(text_of_proc("/proc/thread-self/net/dev"));
  for (std::string line; std::getline(file, line);)
    if (const auto colon = line.find(':'); colon != std::string::npos)
      names.insert(line.substr(line.find_first_not_of(' '), colon - line.find_first_not_of(' ')));
  return names;
}

/// In our group, and no lab's: nsbuild made it, and was killed before it could mark it, or somebody changed its alias.
bool is_unclaimed(const LinkMessage& link) {
  return link.group == mark_group && !link.alias.value_or("").starts_with(mark_prefix);
}

/// The lab's alias alone: somebody took the device out of our group, or called his own one so.
bool has_only_alias(const LinkMessage& link, const std::string& lab) {
  return !is_mark_group(link.group.value_or(0)) && link.alias && !link.alias->empty() && *link.alias == lab_mark(lab);
}

/// Everything of a lab while it is being looked at.
class Survey {
 public:
  Survey(Machine& machine, const Scope& scope, const State& wish)
      : machine_(machine),
        wish_(wish),
        depth_(scope.depth),
        places_(scope.places),
        is_way_back_(scope.is_way_back),
        journal_(read_journal(machine.lab()).value_or(Journal{})) {}

  State run() {
    know_host_routes();
    find_places();
    look_at_host();
    refuse_strangers();
    if (!sights_.empty()) look_into_host(sights_.back());
    see_veths(sights_);
    find_foreign_pairs();
    refuse_strangers();
    see_hosts(machine_.lab(), depth_, state_);
    machine_.services = find_services(machine_.lab());
    for (const RunningService& service : machine_.services) see(service);
    return std::move(state_);
  }

 private:
  /// What somebody has put at a declared name since an apply began is not in the way of undoing what that did.
  void refuse_strangers() const {
    if (!is_way_back_) refuse(strangers_);
  }

  /// An apply that was killed may have made anew what a oneshot had worked on.
  void see(RunningService service) {
    const auto undone = journal_.undone.find(service.spec.name);
    const bool counts = undone == journal_.undone.end() || service.started_at > undone->second;
    if (service.spec.state == planner::RunState::completed && !counts && is_of_this_boot(journal_))
      service.spec.state = planner::RunState::stopped;
    const auto wish = wish_.find(planner::key_of<planner::Ready>("", service.spec.name));
    if (wish != wish_.end() && is_ready(std::get<planner::Ready>(wish->second), service))
      planner::put(state_, wish->second);
    planner::put(state_, std::move(service.spec));
  }

  /// One that two records name, as an older nsbuild let them, is neither lab's: the last of the two removes it.
  void know_host_routes() {
    if (is_of_this_boot(journal_)) host_routes_ = journal_.host_routes;
    if (host_routes_.empty() && declared_in<planner::Route>(wish_, "host").empty()) return;
    const RouteOwners others = routes_of_other_labs(machine_.lab());
    std::erase_if(host_routes_, [&](const std::string& id) { return others.contains(id); });
    taken_ = taken_routes(wish_, others);
  }

  Sight sight_of(OpenPlace& place) { return {machine_, place, {}, wish_, host_routes_, {}, state_}; }

  /// What came of one namespace.
  struct Found {
    Owner owner = Owner::nobody;
    State state;  // what lies in it alone
  };

  void find_places() {
    std::vector<std::string> pins = pinned(machine_.lab());
    machine_.places.keep_only({pins.begin(), pins.end()});
    if (places_ != nullptr) std::erase_if(pins, [&](const std::string& name) { return !places_->contains(name); });
    std::vector<Found> found(pins.size());
    const Ownership ownership(machine_, journal_, depth_);
    machine_.places.each(pins, [&](OpenPlace& place, unsigned worker) {
      const auto at = static_cast<std::size_t>(std::lower_bound(pins.begin(), pins.end(), place.name) - pins.begin());
      found[at].owner = ownership.of(place);
      if (is_ours(found[at].owner) && depth_ == Scope::Depth::everything) look_into(place, worker, found[at].state);
    });
    for (std::size_t i = 0; i < pins.size(); ++i) take(pins[i], found[i]);
  }

  /// One namespace; several at once.
  void look_into(OpenPlace& place, unsigned worker, State& state) const {
    const Reading reading{
        read_addresses(place), read_routes(place), read_rules(place),
        read_sysctls(place, wish_, machine_.originals, machine_.places.home(), machine_.procfs[worker])};
    const Sight sight{machine_, place, reading, wish_, host_routes_, {}, state};
    see_bridges(sight);
    see_addresses(sight);
    see_routes(sight);
    see_rules(sight);
    see_sysctls(sight);
  }

  void take(const std::string& name, Found& found) {
    if (found.owner == Owner::stranger && wish_.contains(planner::key(Namespace{.name = name})))
      strangers_.push_back("namespace " + name + ": " + pin_path({machine_.lab(), name}) + " " + whose(name));
    if (!is_ours(found.owner)) return machine_.places.forget(name);
    OpenPlace& place = *machine_.places.find(name);
    const LinkMessage* lo = find_link(place, "lo");
    // One whose alias was changed counts as down, so that an apply marks it when it sets its loopback up.
    const bool up = found.owner == Owner::us && lo != nullptr && (lo->header.ifi_flags & IFF_UP) != 0;
    planner::put(state_, Namespace{.name = name, .lo_up = up});
    state_.merge(found.state);
    sights_.push_back(sight_of(place));
    check_kinds(place);
  }

  std::string whose(const std::string& name) {
    const OpenPlace* place = machine_.places.find(name);
    const LinkMessage* lo = place != nullptr ? find_link(*place, "lo") : nullptr;
    if (lo == nullptr) return "is no network namespace, and not ours";
    const std::string run_dir = run_dir_of(lo->alias.value_or(""));
    return run_dir.empty() ? "was not made by nsbuild" : "belongs to the run directory " + run_dir;
  }

  void look_at_host() {
    OpenPlace& host = machine_.places.at("host");
    if (!has_nothing_new(host)) host.devices.load(*host.socket);
    Sight sight = sight_of(host);
    const bool unclaimed = has_unclaimed(host);
    if (unclaimed) look_at_partners();
    sight.ours = host_devices_ = own_host_devices(machine_, place_names(), journal_);
    if (!unclaimed && !sight.ours.empty()) look_at_partners();
    each_declared_end("host", [&](const planner::VethEnd& end) {
      const LinkMessage* link = find_link(host, end.name);
      if (link != nullptr && !sight.ours.contains(static_cast<std::uint32_t>(link->header.ifi_index)))
        strangers_.push_back("device " + end.name + " on the host is not this lab's");
    });
    sights_.push_back(std::move(sight));
  }

  /// While a destroy counts again: there was no device of ours at the last look, and there is none now that was not
  /// there then.
  bool has_nothing_new(const OpenPlace& host) const {
    if (depth_ == Scope::Depth::everything || !host.devices.known()) return false;
    if (has_unclaimed(host) || !own_host_devices(machine_, place_names(), journal_).empty()) return false;
    const std::set<std::string> names = device_names();
    return std::all_of(names.begin(), names.end(),
                       [&](const std::string& name) { return host.devices.index(name).has_value(); });
  }

  std::vector<std::string> place_names() const {
    std::vector<std::string> names;
    for (const Sight& sight : sights_) names.push_back(sight.place.name);
    return names;
  }

  bool has_unclaimed(const OpenPlace& host) const {
    const auto& links = host.devices.links();
    return std::any_of(links.begin(), links.end(), [&](const LinkMessage& link) {
      return is_unclaimed(link) || has_only_alias(link, machine_.lab());
    });
  }

  /// A pair with an end on the host does not end with its namespace alone: it is seen as a pair.
  void look_at_partners() {
    if (depth_ == Scope::Depth::everything) return;
    for (const Sight& sight : sights_) {
      OpenPlace& place = machine_.places.at(sight.place.name);
      place.devices.load(*place.socket);
    }
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

  /// The language has no rules or settings there.
  void look_into_host(Sight& sight) {
    OpenPlace& host = machine_.places.at(sight.place.name);  // open again, if it had to make room
    if (!sight.ours.empty()) sight.reading.addresses = read_addresses(host);
    see_addresses(sight);
    const bool routes = !sight.ours.empty() || !host_routes_.empty();
    if (!routes && declared_in<planner::Route>(wish_, "host").empty()) return;
    sight.reading.routes = read_routes(host);
    see_routes(sight);
    std::ranges::move(routes_through_others(wish_, state_, host, machine_.lab()), std::back_inserter(taken_));
    for (const TakenRoute& route : taken_) {
      strangers_.push_back(route.words);
      state_.erase(route.key);
    }
  }

  /// A veth at a declared name that has another partner: ours is replaced by the plan, anybody else's is not touched.
  void find_foreign_pairs() {
    for (const Veth* veth : declared_veths()) {
      if (state_.contains(planner::key(*veth))) continue;
      for (const planner::VethEnd* end : {&veth->a, &veth->b}) {
        const OpenPlace* place = machine_.places.find(end->place);
        const LinkMessage* link = place != nullptr ? find_link(*place, end->name) : nullptr;
        if (link == nullptr || is_marked(*place, *link, machine_.lab())) continue;
        if (place->is_host() && host_devices_.contains(static_cast<std::uint32_t>(link->header.ifi_index))) continue;
        strangers_.push_back("device " + end->name + " in " + end->place + " was not made by nsbuild");
      }
    }
  }

  Machine& machine_;
  const State& wish_;
  const Scope::Depth depth_;
  const planner::PlaceNames* places_;  // null: all
  const bool is_way_back_;
  const Journal journal_;
  std::set<std::string> host_routes_;
  State state_;
  std::vector<Sight> sights_;
  std::set<std::uint32_t> host_devices_;
  std::vector<std::string> strangers_;
  std::vector<TakenRoute> taken_;
  std::vector<const Veth*> veths_;
  Names kinds_;
};

}  // namespace

State survey(Machine& machine, const Scope& scope) {
  static const State nothing;
  machine.originals.load();
  return Survey(machine, scope, scope.wish != nullptr ? *scope.wish : nothing).run();
}

std::vector<Pin> pins_of(const std::string& lab) {
  const Machine machine(lab);
  const Journal journal = read_journal(lab).value_or(Journal{});
  const Ownership ownership(machine, journal, Scope::Depth::roots);
  std::vector<Pin> pins;
  for (const std::string& name : pinned(lab)) {
    OpenPlace place;
    place.name = name;
    if (const Owner owner = ownership.of(place); owner != Owner::nobody)
      pins.push_back({name, is_ours(owner), marked_run_dir(place, lab)});
  }
  return pins;
}

std::set<std::uint32_t> own_host_devices(Machine& machine, const std::vector<std::string>& own_places,
                                         const Journal& journal) {
  OpenPlace& host = machine.places.at("host");
  const auto is_named = [&](const LinkMessage& link) {
    return journal.host_devices.contains(link.name.value_or("")) && is_of_this_boot(journal);
  };
  const auto leads_to_us = [&](const LinkMessage& link) {
    return std::any_of(own_places.begin(), own_places.end(),
                       [&](const std::string& name) { return leads_into(link, host, machine.places.at(name)); });
  };
  std::set<std::uint32_t> indexes;
  for (const LinkMessage& link : host.devices.links()) {
    if (is_marked(host, link, machine.lab()) || (is_unclaimed(link) && (is_named(link) || leads_to_us(link))) ||
        (has_only_alias(link, machine.lab()) && leads_to_us(link)))
      indexes.insert(static_cast<std::uint32_t>(link.header.ifi_index));
  }
  return indexes;
}

}  // namespace nsbuild::engine
