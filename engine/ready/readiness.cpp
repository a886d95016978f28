#include "engine/ready/readiness.hpp"

#include "engine/descriptors.hpp"
#include "engine/error.hpp"
#include "engine/ready/death.hpp"
#include "engine/ready/probe.hpp"
#include "engine/service/control.hpp"
#include "engine/service/find.hpp"
#include "engine/service/log_tail.hpp"
#include "engine/service/pidfd.hpp"
#include "planner/words.hpp"

#include <algorithm>
#include <array>
#include <list>
#include <map>
#include <utility>

#include <poll.h>

namespace nsbuild::engine {
namespace {

using Clock = std::chrono::steady_clock;
using planner::RunState;
using std::chrono::milliseconds;

constexpr milliseconds first_pause{1};

/// One service that is being waited for.
struct Wait {
  Wait(const Task& of, planner::Ready what) : task(of), wish(std::move(what)) {}

  Task task;
  planner::Ready wish;
  RunningService service;  // as it was at the last look; without an init when there is none
  Fd init;                 // pidfd: while it lives its PID is nobody else's
  bool begun = false;
  Clock::time_point give_up, next_look;
  milliseconds pause = first_pause;
  std::unique_ptr<Probe> probe;  // of the run `starts`; none while it does not run
  std::string absence = "it does not run";
  std::uint64_t starts = 0;
  init::LogPlace log_start{};
  Fd process;  // pidfd of that run's command
  std::optional<Outcome> outcome;
};

bool is_readable(int fd) {
  pollfd wait{fd, POLLIN, 0};
  return fd >= 0 && poll(&wait, 1, 0) > 0;
}

std::string seconds(std::uint32_t timeout) {
  return timeout % 1000 == 0 ? std::to_string(timeout / 1000) + " s" : std::to_string(timeout) + " ms";
}

/// `service web: not ready after 10 s: nothing listens on tcp 8080 (topo.yaml:12)`, and what its log ends with.
void fail(Wait& wait, const std::string& lab, const std::string& why) {
  const std::string where = wait.wish.origin.empty() ? "" : " (" + wait.wish.origin + ")";
  wait.outcome = Outcome{wait.task.id, "service " + wait.wish.service + ": " + why + where +
                                           log_tail(lab, wait.wish.service, wait.log_start)};
}

/// Another process than at the last look: what was known of the one before says nothing about it.
void turn_to(Wait& wait, const RunningService& service) {
  if (wait.probe && wait.starts == service.starts) return;
  wait.probe = make_probe(wait.wish, service);
  wait.starts = service.starts;
  wait.log_start = service.log_start;
  wait.process = open_pidfd(service.pid);
  wait.pause = first_pause;
}

/// A process that ends while it is looked at was not ready.
void look(Wait& wait, const RunningService& service, const std::string& lab) {
  if (!wait.probe->look()) return;
  RunningService still = service;
  if (!refresh(still) || still.starts != wait.starts || still.spec.state != RunState::running) return;
  const std::string error = confirm_ready(wait.init, wait.starts, wait.wish.hash());
  if (!error.empty()) return fail(wait, lab, "is ready, but its init cannot be told: " + error);
  wait.outcome = Outcome{wait.task.id, ""};
}

void attend(Wait& wait, const std::string& lab) {
  RunningService& service = wait.service;
  if (!wait.init || !refresh(service) || is_readable(wait.init.get())) return fail(wait, lab, "its init has died");
  if (const std::string death = death_of(service); !death.empty()) return fail(wait, lab, death);
  if (service.spec.state == RunState::running) {
    turn_to(wait, service);
    look(wait, service, lab);
  } else if (service.spec.state == RunState::completed) {
    wait.outcome = Outcome{wait.task.id, ""};  // there is no more to come
  } else {
    wait.probe.reset();
    wait.process.reset();
    wait.absence = "it does not run: " + planner::words(service.spec.state) + ", " + service.spec.exit;
  }
}

}  // namespace

struct Readiness::Impl {
  explicit Impl(std::string name) : lab(std::move(name)) {}

  void begin_more();
  void begin(Wait& wait);
  pid_t find_init(const std::string& service);
  void serve(Wait& wait) const;

  std::string lab;
  const std::size_t waits_most = descriptor_budget().waits;  // at once
  std::map<std::string, pid_t> inits;                        // of services that were there before us
  std::list<Wait> waits;
  bool abandoned = false;
};

Readiness::Readiness(std::string lab) : impl_(std::make_unique<Impl>(std::move(lab))) {}
Readiness::~Readiness() = default;

void Readiness::submit(const Task& task, pid_t init) {
  impl_->abandoned = false;
  Wait& wait = impl_->waits.emplace_back(task, std::get<planner::Ready>(*task.step->after));
  wait.service.init = init;
  impl_->begin_more();
}

void Readiness::Impl::begin_more() {
  auto under_way =
      static_cast<std::size_t>(std::count_if(waits.begin(), waits.end(), [](const Wait& w) { return w.begun; }));
  for (Wait& wait : waits) {
    if (wait.begun || under_way >= waits_most) continue;
    try {
      begin(wait);
    } catch (const Error& error) {
      fail(wait, lab, error.what());
    }
    ++under_way;
  }
}

void Readiness::Impl::begin(Wait& wait) {
  wait.begun = true;
  wait.next_look = Clock::now();
  wait.give_up = wait.next_look + milliseconds(wait.wish.timeout);
  const pid_t init = wait.service.init != 0 ? wait.service.init : find_init(wait.wish.service);
  if (init == 0) return;
  wait.init = open_pidfd(init);
  if (!wait.init && errno != ESRCH) throw SysError("watch its init");
  const std::optional<RunningService> service = service_of(init);  // after the pidfd: the PID is not reused any more
  if (service && service->spec.name == wait.wish.service)
    wait.service = *service;
  else
    wait.init.reset();
}

pid_t Readiness::Impl::find_init(const std::string& service) {
  const auto is_it = [&](pid_t pid) {
    const auto found = service_of(pid);
    return found && found->lab == lab && found->spec.name == service;
  };
  const auto known = inits.find(service);
  if (known != inits.end() && is_it(known->second)) return known->second;
  inits.clear();
  for (const RunningService& one : find_services(lab)) inits[one.spec.name] = one.init;
  const auto found = inits.find(service);
  return found == inits.end() ? 0 : found->second;
}

bool Readiness::is_waiting_for(const std::string& service) const {
  return std::any_of(impl_->waits.begin(), impl_->waits.end(),
                     [&](const Wait& wait) { return wait.wish.service == service; });
}

std::vector<int> Readiness::descriptors() const {
  std::vector<int> list;
  for (const Wait& wait : impl_->waits)
    for (const int fd : {wait.init.get(), wait.process.get(), wait.probe ? wait.probe->descriptor() : -1})
      if (fd >= 0) list.push_back(fd);
  return list;
}

Deadline Readiness::deadline() const {
  Deadline first;
  for (const Wait& wait : impl_->waits) {
    if (!wait.begun) continue;
    const auto mine = wait.outcome || impl_->abandoned ? Clock::now() : std::min(wait.next_look, wait.give_up);
    if (!first || mine < *first) first = mine;
  }
  return first;
}

/// A time that has passed is only the end when a last look finds nothing.
void Readiness::Impl::serve(Wait& wait) const {
  if (wait.outcome) return;
  if (abandoned) {
    wait.outcome = Outcome{wait.task.id, "", Outcome::Kind::given_up};
    return;
  }
  if (!wait.begun) return;
  if (is_readable(wait.process.get())) {
    wait.process.reset();  // once; its init tells the rest in a moment
    wait.pause = first_pause;
    wait.next_look = Clock::now();
  }
  const auto now = Clock::now();
  const bool is_late = now >= wait.give_up;
  const bool has_news = is_readable(wait.init.get()) || (wait.probe && is_readable(wait.probe->descriptor()));
  if (now < wait.next_look && !is_late && !has_news) return;
  attend(wait, lab);
  wait.next_look = Clock::now() + wait.pause;
  wait.pause = std::min(wait.pause * 2, milliseconds(wait.wish.interval));
  if (is_late && !wait.outcome)
    fail(wait, lab,
         "not ready after " + seconds(wait.wish.timeout) + ": " + (wait.probe ? wait.probe->lack() : wait.absence));
}

std::vector<Outcome> Readiness::reap() {
  std::vector<Outcome> ended;
  for (auto wait = impl_->waits.begin(); wait != impl_->waits.end();) {
    try {
      impl_->serve(*wait);
    } catch (const Error& error) {
      fail(*wait, impl_->lab, error.what());
    }
    if (wait->outcome) ended.push_back(*std::move(wait->outcome));
    wait = wait->outcome ? impl_->waits.erase(wait) : std::next(wait);
  }
  impl_->begin_more();
  return ended;
}

void Readiness::abandon() { impl_->abandoned = !impl_->waits.empty(); }

bool is_ready(const planner::Ready& wish, const RunningService& service) {
  if (service.spec.state != RunState::running) return service.spec.state == RunState::completed;
  if (service.ready_starts == service.starts && service.ready_hash == wish.hash()) return true;
  if (!is_passive(wish)) return false;
  try {
    const auto probe = make_probe(wish, service);
    return probe->look() || probe->look();
  } catch (const Error&) {
    return false;
  }
}

}  // namespace nsbuild::engine
