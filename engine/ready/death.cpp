#include "engine/ready/death.hpp"

#include "engine/service/find.hpp"
#include "engine/service/log_tail.hpp"
#include "engine/service/pidfd.hpp"

#include <poll.h>

namespace nsbuild::engine {
namespace {

using planner::RunState;

/// Each takes a descriptor, which are bounded; who is not watched is looked at when all is done.
constexpr std::size_t watched_max = 256;
/// An init reaps at once, and says when it starts the process again; until then it is asked again.
constexpr std::chrono::milliseconds between_looks{5};

}  // namespace

std::string death_of(const RunningService& service) {
  if (service.spec.state == RunState::stopped && service.starts > 0) return "was stopped";
  return service.spec.state == RunState::exited ? "has died: " + service.spec.exit : "";
}

void DeathWatch::add(const planner::Service& service, pid_t init) {
  if (watched_.size() >= watched_max) return;
  RunningService running;
  running.init = init;
  if (init == 0 || !refresh(running)) return;
  Watched& watched = watched_.emplace_back();
  watched.service = service.name;
  watched.origin = service.origin;
  watched.init = init;
  watched.pid = running.pid;
  if (watched.pid != 0) watched.process = open_pidfd(watched.pid);
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
  for (const Watched& watched : watched_)
    if (!watched.process && !watched.held) return std::chrono::steady_clock::now() + between_looks;
  return std::nullopt;
}

/// One that will be started again is followed to its next process.
void DeathWatch::attend(Watched& watched, std::vector<Outcome>& died) {
  if (watched.held) return;
  pollfd wait{watched.process.get(), POLLIN, 0};
  if (watched.process && poll(&wait, 1, 0) == 0) return;
  watched.process.reset();
  const auto service = service_of(watched.init);
  const std::string death = service ? death_of(*service) : "its init has died";
  if (death.empty() && service->pid != 0 && service->pid != watched.pid) {
    watched.pid = service->pid;
    watched.process = open_pidfd(watched.pid);
  }
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
