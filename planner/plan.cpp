#include "planner/plan.hpp"

#include "planner/address_order.hpp"
#include "planner/chains.hpp"
#include "planner/diff.hpp"
#include "planner/surroundings.hpp"
#include "planner/world.hpp"

#include <algorithm>
#include <compare>
#include <map>
#include <set>
#include <utility>

namespace nsbuild::planner {
namespace {

/// The parts of a plan. What cannot be undone without loss comes after everything that can fail.
enum class Part { making, reversible_removal, irreversible_removal };

/// A piece of work, ordered as it is to be done.
struct Work {
  Part part = Part::making;
  int rank = 0;         // the phase; negative in removals, which go the other way round
  bool making = false;  // removals that a making waits for come first in its phase
  int depth = 0;        // services: behind what they depend on; negative in removals
  std::string order;    // where the key's is not the one
  Key key;

  auto operator<=>(const Work&) const = default;
};

bool is_reversible(const Resource& resource) {
  return std::visit([]<class T>(const T&) { return T::reversible; }, resource);
}

int phase_of(const Resource& resource) {
  return std::visit([](const auto& r) { return static_cast<int>(r.phase()); }, resource);
}

std::string order_of(const Resource& resource) {
  return std::visit(
      [](const auto& r) -> std::string {
        if constexpr (requires { r.order(); }) return r.order();
        return {};
      },
      resource);
}

/// False for what is no object but a condition, which goes with whom it is about.
bool is_removable(const Resource& resource) {
  return std::visit(
      []<class T>(const T&) {
        if constexpr (requires { T::removable; }) return T::removable;
        return true;
      },
      resource);
}

/// How many services, and that they are ready, stand one behind the other before each: who depends on nothing is 0.
class Depths {
 public:
  explicit Depths(const State& state) : state_(state) {}

  int of(const Key& key) {
    if (!is_service_key(key)) return 0;
    const auto at = state_.find(key);
    if (at == state_.end()) return 0;
    const auto [known, is_new] = depths_.emplace(key, 0);  // 0 while it is looked at ends a circle of stale records
    if (!is_new) return known->second;
    int depth = 0;
    for (const Key& need : needs(at->second))
      if (is_service_key(need) && state_.contains(need)) depth = std::max(depth, of(need) + 1);
    return known->second = depth;
  }

 private:
  static bool is_service_key(const Key& key) {
    return key.kind == kind_index<Service> || key.kind == kind_index<Ready>;
  }

  const State& state_;
  std::map<Key, int> depths_;
};

/// Whether there is nothing to do; the usual case, so it costs no index.
bool holds(const State& now, const State& wish) {
  const bool are_equal =
      std::equal(now.begin(), now.end(), wish.begin(), wish.end(), [](const auto& present, const auto& wanted) {
        return present.first == wanted.first && agrees(present.second, wanted.second);
      });
  return are_equal && misplaced_addresses(now, wish).empty();
}

/// Where a plan may have something to do: what makes a pair go takes along what is at its other end.
PlaceNames concerned_places(const State& from, const State& to) {
  const PlaceNames places = differing_places(from, to);
  PlaceNames all = with_neighbours(places, from);
  all.merge(with_neighbours(places, to));
  return all;
}

std::size_t namespaces_in(const State& state) {
  const auto end = state.lower_bound(Key{kind_index<Namespace> + 1, "", ""});
  return static_cast<std::size_t>(std::distance(state.lower_bound(Key{kind_index<Namespace>, "", ""}), end));
}

/// Works through the differences of two states, on a world that says what each step takes with it.
class Planning {
 public:
  /// The wish has to outlive this.
  Planning(const State& from, const State& to) : to_(to), now_(from), depths_(to), depths_before_(from) {}

  Plan run() {
    compare();
    keep_addresses_in_order();
    hasten_removals();
    replace_with_namespace();
    plan_.steps.reserve(todo_.size());  // most pieces of work are a step
    while (!todo_.empty()) {
      const Work work = todo_.extract(todo_.begin()).value();
      if (work.part == Part::irreversible_removal && !no_return_) no_return_ = plan_.steps.size();
      work.making ? make(work.key) : remove(work);
    }
    plan_.point_of_no_return = no_return_.value_or(plan_.steps.size());
    return std::move(plan_);
  }

 private:
  void compare() {
    for (const auto& [key, wish] : to_) {
      const Resource* present = now_.find(key);
      if (present == nullptr) {
        want(key, wish);
      } else if (!agrees(*present, wish)) {
        want(key, wish);
        for (const Difference& difference : differences(*present, wish))
          if (difference.fixed) replace(key, "replaced: " + difference.words);
      }
    }
    for (const auto& [key, resource] : now_.state())
      if (!to_.contains(key)) unwant(key, resource);
  }

  void want(const Key& key, const Resource& wish) {
    todo_.insert(todo_.end(), {Part::making, phase_of(wish), true, depths_.of(key), order_of(wish), key});
  }

  void unwant(const Key& key, const Resource& resource) {
    if (!is_removable(resource)) return;
    const Part part = is_reversible(resource) ? Part::reversible_removal : Part::irreversible_removal;
    todo_.insert({part, -phase_of(resource), false, -depths_before_.of(key), {}, key});
  }

  /// Removes it before the makings of its phase.
  void hasten(const Key& key, const std::string& reason) {
    todo_.insert({Part::making, phase_of(*now_.find(key)), false, -depths_before_.of(key), {}, key});
    reasons_[key].push_back(reason);
  }

  void replace(const Key& key, const std::string& reason) {
    hasten(key, reason);
    want(key, to_.at(key));
  }

  void keep_addresses_in_order() {
    if (now_.state().empty()) return;
    for (const auto& [key, before] : misplaced_addresses(now_.state(), to_))
      replace(key, "replaced: comes behind " + name(before));
  }

  /// What is to go and holds a name that another one comes to claim goes first.
  void hasten_removals() {
    if (now_.state().empty()) return;
    for (const auto& [key, wish] : to_) {
      const Resource* present = now_.find(key);
      if (present != nullptr && key.kind != kind_index<Service>) continue;  // what a device claims is in its key
      const std::vector<std::string> had = present != nullptr ? claims(*present) : std::vector<std::string>();
      for (const std::string& claim : claims(wish)) {
        if (std::find(had.begin(), had.end(), claim) != had.end()) continue;
        const Key* holder = now_.holder(claim);
        if (holder != nullptr && !to_.contains(*holder)) hasten(*holder, claim + " moves to " + name(key));
      }
    }
  }

  /// What runs in a namespace that is not there any more (somebody deleted its name) is made anew with it.
  void replace_with_namespace() {
    for (const auto& [key, resource] : now_.state()) {
      if (!to_.contains(key)) continue;
      for (const Key& need : needs(resource))
        if (need.kind == kind_index<Namespace> && now_.find(need) == nullptr && to_.contains(need))
          replace(key, "replaced: " + name(need) + " is made anew");
    }
  }

  void make(const Key& key) {
    const Resource& wish = wished(key);
    const Resource* present = now_.find(key);
    if (present != nullptr && agrees(*present, wish)) return;
    Step step;
    step.after = present != nullptr ? settled(*present, wish) : wish;
    if (present != nullptr) {
      step.before = *present;
      const auto undone = undone_.find(key);
      if (undone != undone_.end()) step.reasons.push_back(undone->second);
      for (const Difference& difference : differences(*present, wish))
        if (difference.field != "state" || undone == undone_.end()) step.reasons.push_back(difference.words);
    } else if (const auto why = reasons_.find(key); why != reasons_.end()) {
      step.reasons = why->second;
    }
    emit(key, std::move(step));
  }

  void remove(const Work& work) {
    const Resource* present = now_.find(work.key);
    if (present == nullptr || goes_with_owner(*present, work)) return;
    Step step;
    step.before = *present;
    if (const auto why = reasons_.find(work.key); why != reasons_.end()) step.reasons = why->second;
    emit(work.key, std::move(step));
  }

  /// Whether a removal to come takes it along. A device with an end in a place that stays is removed by a step of its
  /// own: that waits until the device is gone, the removal of a namespace does not.
  bool goes_with_owner(const Resource& resource, const Work& work) {
    if (work.part == Part::making) return false;
    const std::vector<Key> all = owners(resource);
    auto is_doomed = [&](const Key& owner) { return dooms(owner); };
    return !all.empty() && (is_reversible(resource) ? std::any_of(all.begin(), all.end(), is_doomed)
                                                    : std::all_of(all.begin(), all.end(), is_doomed));
  }

  bool dooms(const Key& owner) {
    const Key* key = owner.kind == interface_kind ? now_.holder(owner.id) : &owner;
    return key != nullptr && now_.find(*key) != nullptr && !to_.contains(*key);
  }

  /// `cause` is the step's key.
  void emit(const Key& cause, Step step) {
    const Aftermath after = now_.apply(cause, step);
    for (const Key& key : after.gone)
      if (key.kind != kind_index<Ready>) step.sweeps.push_back(key);
    for (const Key& key : after.gone) {
      reasons_[key].push_back("went with " + name(cause));
      want_again(key);
    }
    for (const Key& key : after.undone) undone_.emplace(key, "runs again: " + name(cause) + " is made anew");
    for (const Key& key : after.altered)
      if (!want_again(key)) unwant(key, *now_.find(key));  // an IPv6 route that has lost only one of its ways
    step.needs = chains_.add(cause, step, plan_.steps.size());
    plan_.steps.push_back(std::move(step));
  }

  /// Who is made is wished. It is mostly the next one.
  const Resource& wished(const Key& key) {
    if (next_wish_ == to_.end() || next_wish_->first != key) next_wish_ = to_.find(key);
    return (next_wish_++)->second;
  }

  bool want_again(const Key& key) {
    const auto wish = to_.find(key);
    if (wish != to_.end()) want(key, wish->second);
    return wish != to_.end();
  }

  const State& to_;
  State::const_iterator next_wish_ = to_.begin();
  World now_;
  Depths depths_, depths_before_;
  std::set<Work> todo_;
  std::map<Key, std::vector<std::string>> reasons_;
  std::map<Key, std::string> undone_;  // why a oneshot that has completed is to run again
  Chains chains_;
  std::optional<std::size_t> no_return_;
  Plan plan_;
};

}  // namespace

Verb Step::verb() const { return !before ? Verb::create : after ? Verb::change : Verb::remove; }

Key Step::key() const { return planner::key(after ? *after : *before); }

Plan plan(const State& from, const State& to) {
  if (holds(from, to)) return {};
  if (!from.empty() && !to.empty()) {
    const PlaceNames places = concerned_places(from, to);
    if (places.size() < namespaces_in(to) / 2) {
      const State now = part(from, places), wish = part(to, places);
      return Planning(now, wish).run();
    }
  }
  return Planning(from, to).run();
}

void advance(State& state, const Step& step) {
  World world(state);
  world.apply(step.key(), step);
  state = world.state();
}

void advance(State& state, const Plan& plan) {
  World world(state);
  for (const Step& step : plan.steps) world.apply(step.key(), step);
  state = world.state();
}

}  // namespace nsbuild::planner
