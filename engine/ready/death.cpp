#include "engine/ready/death.hpp"

#include "engine/service/find.hpp"
#include "engine/service/log_tail.hpp"
#include "engine/service/pidfd.hpp"

#include <algorithm>

#include <poll.h>
#include <sys/resource.h>

namespace nsbuild::engine {
namespace {

using planner::RunState;

using Clock = std::chrono::steady_clock;

/// An init reaps at once, and says when it starts the process again; until then it is asked again.
constexpr std::chrono::milliseconds between_looks{5};
/// Where no descriptor is left to hear it by.
constexpr std::chrono::milliseconds between_rounds{200};

/// A quarter of what this process may open: starts and probes need the rest.
std::size_t pidfds_max() {
  rlimit limit{};
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur / 4 : 0;
}

}  // namespace

std::string death_of(const RunningService& service) {
  if (service.spec.state == RunState::stopped && service.starts > 0) return "was stopped";
  return service.spec.state == RunState::exited ? "has died: " + service.spec.exit : "";
}

void DeathWatch::add(const planner::Service& service, pid_t init) {
  RunningService running;
  running.init = init;
  if (init == 0 || !refresh(running)) return;
  Watched& watched = watched_.emplace_back();
  watched.service = service.name;
  watched.origin = service.origin;
  watched.init = init;
  follow(watched, running.pid);
}

void DeathWatch::follow(Watched& watched, pid_t pid) {
  const auto open =
      std::count_if(watched_.begin(), watched_.end(), [](const Watched& one) { return bool(one.process); });
  watched.pid = pid;
  if (pid != 0 && static_cast<std::size_t>(open) < pidfds_max()) watched.process = open_pidfd(pid);
  watched.next_look = Clock::now() + (watched.process || pid == 0 ? between_looks : between_rounds);
}

void DeathWatch::remove(const std::string& service) {
  watched_.remove_if([&](const Watched& watched) { return watched.service == service; });
}

void DeathWatch::set_held(const std::string& service, bool held) {
  for (Watched& watched : watched_)
    if (watched.service == service) watched.held = held;
}

std::vector<int> DeathWatch::descriptors() const {
  std::vector<int> list;
  for (const Watched& watched : watched_)
    if (watched.process && !watched.held) list.push_back(watched.process.get());
  return list;
}

Deadline DeathWatch::deadline() const {
  Deadline first;
  for (const Watched& watched : watched_)
    if (!watched.process && !watched.held && (!first || watched.next_look < *first)) first = watched.next_look;
  return first;
}

/// Whether its process may have ended, or has.
bool DeathWatch::has_news(Watched& watched) {
  if (!watched.process) {
    if (Clock::now() < watched.next_look) return false;
    RunningService now;
    now.init = watched.init;
    watched.next_look = Clock::now() + between_rounds;
    return !refresh(now) || now.spec.state != RunState::running || now.pid != watched.pid;
  }
  pollfd wait{watched.process.get(), POLLIN, 0};
  if (poll(&wait, 1, 0) == 0) return false;
  watched.process.reset();
  return true;
}

/// One that will be started again is followed to its next process.
void DeathWatch::attend(Watched& watched, std::vector<Outcome>& died) {
  if (watched.held || !has_news(watched)) return;
  watched.next_look = Clock::now() + between_looks;
  const auto service = service_of(watched.init);
  const std::string death = service ? death_of(*service) : "its init has died";
  if (death.empty() && service->pid != 0 && service->pid != watched.pid) follow(watched, service->pid);
  if (death.empty()) return;
  const std::string where = watched.origin.empty() ? "" : " (" + watched.origin + ")";
  died.push_back({0,
                  "service " + watched.service + ": " + death + where +
                      log_tail(lab_, watched.service, service ? service->log_start : init::LogPlace{}),
                  Outcome::Kind::died});
}

std::vector<Outcome> DeathWatch::reap() {
  std::vector<Outcome> died;
  for (auto watched = watched_.begin(); watched != watched_.end();) {
    const std::size_t before = died.size();
    attend(*watched, died);
    watched = died.size() > before ? watched_.erase(watched) : std::next(watched);
  }
  return died;
}

}  // namespace nsbuild::engine
