#include "engine/linux_kernel.hpp"

#include "engine/crew.hpp"
#include "engine/kinds/kinds.hpp"
#include "engine/linux/departures.hpp"
#include "engine/ready/death.hpp"
#include "engine/ready/readiness.hpp"
#include "engine/service/services.hpp"
#include "engine/survey.hpp"

#include <algorithm>
#include <csignal>
#include <deque>
#include <map>
#include <utility>

#include <poll.h>

namespace nsbuild::engine {

namespace {

using planner::Step;
using planner::Veth;
using Clock = std::chrono::steady_clock;

const planner::Resource& resource_of(const Step& step) { return step.after ? *step.after : *step.before; }

bool is_service(const Step& step) { return std::holds_alternative<planner::Service>(resource_of(step)); }

bool is_wait(const Step& step) { return std::holds_alternative<planner::Ready>(resource_of(step)); }

/// The veth that a step removes; null for any other step.
const Veth* removed_veth(const Step& step) { return step.after ? nullptr : std::get_if<Veth>(&*step.before); }

void perform(Machine& machine, const Step& step) {
  const auto one_kind = [&]<class Kind>(const Kind&) {
    if constexpr (!std::is_same_v<Kind, planner::Service> && !std::is_same_v<Kind, planner::Ready>) {
      const Change<Kind> both{step.before ? std::get_if<Kind>(&*step.before) : nullptr,
                              step.after ? std::get_if<Kind>(&*step.after) : nullptr};
      change(machine, both);
    }
  };
  std::visit(one_kind, resource_of(step));
}

bool makes_namespace(const Step& step) {
  return !step.before && std::holds_alternative<planner::Namespace>(*step.after);
}

template <class Act>
Outcome attempt(const Task& task, const Act& act) {
  try {
    act();
    return {task.id, ""};
  } catch (const std::exception& error) {
    return {task.id, planner::name(task.step->key()) + ": " + error.what()};
  }
}

Outcome attempt(Machine& machine, const Task& task) {
  return attempt(task, [&] { perform(machine, *task.step); });
}

/// Keeps the signals that ask for a stop out except while waiting, so that none slips in between asking and waiting.
class StopSignalsHeld {
 public:
  StopSignalsHeld() {
    sigset_t stops;
    ::sigemptyset(&stops);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&stops, signal);
    ::pthread_sigmask(SIG_BLOCK, &stops, &before_);
  }
  ~StopSignalsHeld() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  StopSignalsHeld(const StopSignalsHeld&) = delete;
  StopSignalsHeld& operator=(const StopSignalsHeld&) = delete;

  const sigset_t& before() const { return before_; }

 private:
  sigset_t before_{};
};

Deadline earlier(Deadline a, Deadline b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

/// poll(2) until something is readable, the time has come or a signal arrives.
void wait_for(const std::vector<int>& descriptors, Deadline until, const sigset_t& mask) {
  std::vector<pollfd> polled;
  polled.reserve(descriptors.size());
  for (const int fd : descriptors) polled.push_back({fd, POLLIN, 0});
  timespec time{};
  if (until) {
    const auto left = std::max(*until - Clock::now(), Clock::duration::zero());
    time.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(left).count();
    time.tv_nsec = std::chrono::duration_cast<std::chrono::nanoseconds>(left % std::chrono::seconds(1)).count();
  }
  ::ppoll(polled.data(), polled.size(), until ? &time : nullptr, &mask);
}

}  // namespace

struct LinuxKernel::Impl {
  Impl(const std::string& lab, std::function<bool()> stop)
      : machine(lab), stop_requested(std::move(stop)), readiness(lab), deaths(lab) {}

  /// Who goes with a step, as those that joined an init that is replaced, has not died by itself.
  void start_service(const Task& task) {
    if (!services) {
      machine.places.make_way_for_services();
      services = std::make_unique<Services>(machine.lab(), machine.services);
    }
    deaths.remove(std::get<planner::Service>(resource_of(*task.step)).name);
    for (const planner::Key& swept : task.step->sweeps)
      if (swept.kind == planner::kind_index<planner::Service>) deaths.remove(swept.id);
    services->submit(task);
    services_under_way.emplace(task.id, task.step);
  }

  /// Of what ran before, all that agrees with the wish is to be left alone, so it has to live as well. Said by the
  /// first look: what a rollback finds is another matter.
  void note_settled(const planner::State& now, const planner::State& wish) {
    if (std::exchange(has_observed, true)) return;
    for (auto at = wish.lower_bound(planner::Key{planner::kind_index<planner::Service>, "", ""}); at != wish.end();
         ++at) {
      const auto& [key, resource] = *at;
      const auto* service = std::get_if<planner::Service>(&resource);
      const auto found = now.find(key);
      if (service != nullptr && service->state == planner::RunState::running && found != now.end() &&
          found->second == resource)
        settled.emplace(service->name, *service);
    }
  }

  /// When the first service is started or waited for: an apply that only changes the network is over in a moment.
  void watch_settled() {
    if (settled.empty()) return;
    try {
      for (const RunningService& service : find_services(machine.lab()))
        if (const auto known = settled.find(service.spec.name); known != settled.end())
          deaths.add(known->second, service.init);
      settled.clear();
    } catch (const Error&) {
      return;  // cannot be seen now; it is looked for again
    }
  }

  pid_t init_of(const std::string& service) const { return services ? services->init_of(service) : 0; }

  void await(const Task& task) {
    const std::string& service = std::get<planner::Ready>(resource_of(*task.step)).service;
    if (waits.empty()) machine.places.make_way_for_services();
    deaths.hold(service);
    readiness.submit(task, init_of(service));
    waits.emplace(task.id, service);
  }

  /// A service or a wait; what cannot even be begun has failed.
  void begin(const Task& task) {
    watch_settled();
    try {
      raise_bridges(machine);
      is_wait(*task.step) ? await(task) : start_service(task);
    } catch (const Error& error) {
      given_up.push_back({task.id, error.what()});
    }
  }

  void reap_services(std::vector<Outcome>& ended) {
    if (!services) return;
    for (Outcome& outcome : services->reap()) {
      machine.orphans.forget();  // of a service that has ended there may be some
      const auto step = services_under_way.extract(outcome.id);
      if (!step) continue;
      if (outcome.ok()) watch(*step.mapped());
      ended.push_back(std::move(outcome));
    }
  }

  /// Who was started has to live while others are waited for.
  void watch(const Step& step) {
    const auto* service = step.after ? std::get_if<planner::Service>(&*step.after) : nullptr;
    if (service != nullptr && service->state == planner::RunState::running)
      deaths.add(*service, init_of(service->name));
  }

  void reap(std::vector<Outcome>& ended) {
    for (Outcome& outcome : std::exchange(given_up, {})) ended.push_back(std::move(outcome));
    if (!services_under_way.empty() || !waits.empty()) watch_settled();
    reap_services(ended);
    for (Outcome& outcome : readiness.reap()) {
      const auto service = waits.extract(outcome.id);
      if (!service) continue;
      outcome.ok() ? deaths.release(service.mapped()) : deaths.remove(service.mapped());
      ended.push_back(std::move(outcome));
    }
    for (Outcome& outcome : deaths.reap()) ended.push_back(std::move(outcome));
  }

  std::vector<int> descriptors() const {
    std::vector<int> all = readiness.descriptors();
    all.push_back(crew.descriptor());
    for (const auto& more : {deaths.descriptors(), services ? services->descriptors() : std::vector<int>()})
      all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  Deadline deadline() const {
    const Deadline of_services = services ? services->deadline() : std::nullopt;
    return earlier(of_services, earlier(readiness.deadline(), deaths.deadline()));
  }

  /// As much of the queue as fits into a moment, so that progress shows, a stop is noticed and the crew does not wait.
  void work(std::vector<Outcome>& ended) {
    constexpr auto moment = std::chrono::milliseconds(5);
    const auto end = Clock::now() + moment;
    while (!queue.empty() && Clock::now() < end) {
      if (removed_veth(*queue.front().step) != nullptr && remove_group(ended)) continue;
      ended.push_back(attempt(machine, queue.front()));
      queue.pop_front();
    }
    if (queue.empty()) machine.places.departures().let_go();
    take_namespaces(ended);
    if (ended.empty() && crew.help()) take_namespaces(ended);
  }

  void take_namespaces(std::vector<Outcome>& ended) {
    for (const Crew::Ended& one : crew.reap())
      ended.push_back(attempt(one.task, [&] {
        if (one.failure) std::rethrow_exception(one.failure);
      }));
  }

  /// The place where most of the pairs that wait for removal have an end; "" when no place has two.
  std::string busiest_place() const {
    std::map<std::string, int> ends;
    for (const Task& task : queue)
      if (const Veth* veth = removed_veth(*task.step)) {
        ++ends[veth->a.place];
        if (veth->b.place != veth->a.place) ++ends[veth->b.place];
      }
    ends.erase("?");
    const auto most =
        std::max_element(ends.begin(), ends.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    return most == ends.end() || most->second < 2 ? "" : most->first;
  }

  /// Removes all pairs of the busiest place at once. When that is refused each is tried alone, which also tells whose
  /// fault it was.
  bool remove_group(std::vector<Outcome>& ended) {
    const std::string place = busiest_place();
    if (place.empty()) return false;
    const auto is_there = [&](const Task& task) {
      const Veth* veth = removed_veth(*task.step);
      return veth != nullptr && (veth->a.place == place || veth->b.place == place);
    };
    const auto rest = std::stable_partition(queue.begin(), queue.end(), [&](const Task& t) { return !is_there(t); });
    const std::vector<Task> group(rest, queue.end());
    queue.erase(rest, queue.end());
    std::vector<const Veth*> veths;
    veths.reserve(group.size());
    for (const Task& task : group) veths.push_back(removed_veth(*task.step));
    try {
      remove_together(machine, place, veths);
      for (const Task& task : group) ended.push_back({task.id, ""});
    } catch (const Error&) {
      for (const Task& task : group) ended.push_back(attempt(machine, task));
    }
    return true;
  }

  bool stopped_just_now() {
    if (stop_seen || !stop_requested || !stop_requested()) return false;
    return stop_seen = true;
  }

  Machine machine;
  Crew crew{machine};
  std::function<bool()> stop_requested;
  bool stop_seen = false;
  std::deque<Task> queue;
  std::vector<Outcome> given_up;
  std::unique_ptr<Services> services;
  std::map<std::size_t, const Step*> services_under_way;
  Readiness readiness;
  std::map<std::size_t, std::string> waits;  // for which service
  DeathWatch deaths;
  bool has_observed = false;
  std::map<std::string, planner::Service> settled;  // not watched yet
};

LinuxKernel::LinuxKernel(const std::string& lab, std::function<bool()> stop_requested)
    : impl_(std::make_unique<Impl>(lab, std::move(stop_requested))) {}

LinuxKernel::~LinuxKernel() = default;

planner::State LinuxKernel::observe(const Scope& scope) {
  planner::State now = survey(impl_->machine, scope);
  if (scope.wish != nullptr) impl_->note_settled(now, *scope.wish);
  return now;
}

std::map<ino_t, std::string> LinuxKernel::namespaces() const {
  std::map<ino_t, std::string> inodes;
  impl_->machine.places.look([&](const OpenPlace& place) {
    if (!place.is_host()) inodes.emplace(place.inode, place.name);
  });
  return inodes;
}

void LinuxKernel::watch_departures() { impl_->machine.places.departures().watch(); }

Departures LinuxKernel::departures() { return std::move(impl_->machine.places.departures()); }

void LinuxKernel::expect(const planner::Plan& plan) {
  impl_->machine.coming_ports = ports_to_come(plan);
  impl_->machine.orphans.forget();
}

void LinuxKernel::submit(std::span<const Task> ready) {
  std::vector<Task> namespaces;
  for (const Task& task : ready) {
    if (is_service(*task.step) || is_wait(*task.step))
      impl_->begin(task);
    else if (makes_namespace(*task.step))
      namespaces.push_back(task);
    else
      impl_->queue.push_back(task);
  }
  if (!namespaces.empty()) impl_->crew.submit(namespaces);
}

std::vector<Outcome> LinuxKernel::collect(Deadline deadline) {
  const StopSignalsHeld held;
  std::vector<Outcome> ended;
  for (;;) {
    impl_->work(ended);
    impl_->reap(ended);
    const bool waiting = !impl_->services_under_way.empty() || !impl_->waits.empty() || !impl_->crew.is_idle();
    if (!ended.empty() || !waiting || impl_->stopped_just_now()) return ended;
    if (deadline && Clock::now() >= *deadline) return ended;
    wait_for(impl_->descriptors(), earlier(deadline, impl_->deadline()), held.before());
  }
}

void LinuxKernel::abandon() {
  for (const Task& task : impl_->crew.abandon()) impl_->given_up.push_back({task.id, "", Outcome::Kind::given_up});
  if (impl_->services) impl_->services->abandon();
  impl_->readiness.abandon();
  impl_->deaths.clear();
}

}  // namespace nsbuild::engine
