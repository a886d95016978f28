#include "engine/ready/death.hpp"

#include "engine/error.hpp"
#include "engine/service/find.hpp"
#include "engine/service/log_tail.hpp"
#include "engine/service/pidfd.hpp"

#include <array>

#include <sys/epoll.h>

namespace nsbuild::engine {
namespace {

using planner::RunState;

using Clock = std::chrono::steady_clock;

/// An init reaps at once, and says when it starts the process again; until then it is asked again.
constexpr std::chrono::milliseconds between_looks{5};
/// Where no descriptor is left to hear it by.
constexpr std::chrono::milliseconds between_rounds{200};

}  // namespace

std::string death_of(const RunningService& service) {
  if (service.spec.state == RunState::stopped && service.starts > 0) return "was stopped";
  return service.spec.state == RunState::exited ? "has died: " + service.spec.exit : "";
}

void DeathWatch::add(const planner::Service& service, pid_t init) {
  RunningService running;
  running.init = init;
  if (init == 0) return;
  try {
    if (!refresh(running)) return;
  } catch (const Error&) {
    running.pid = 0;  // cannot be seen now; it is asked again
  }
  remove(service.name);
  Watched& watched = watched_[service.name];
  watched.name = service.name;
  watched.origin = service.origin;
  watched.init = init;
  asked_.insert(service.name);
  follow(watched, running.pid);
}

void DeathWatch::follow(Watched& watched, pid_t pid) {
  watched.pid = pid;
  if (pid != 0 && watched_.size() - asked_.size() < pidfds_most_) watched.process = open_pidfd(pid);
  if (watched.process && (watched.held || hear(watched))) asked_.erase(watched.name);
  if (asked_.contains(watched.name)) watched.process.reset();
  watched.next_look = Clock::now() + (watched.process || pid == 0 ? between_looks : between_rounds);
}

/// False when there is no room for it: the limit of a user's watches (epoll(7)), or of descriptors.
bool DeathWatch::hear(Watched& watched) {
  if (!ends_) ends_.reset(epoll_create1(EPOLL_CLOEXEC));
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = &watched;
  return ends_ && epoll_ctl(ends_.get(), EPOLL_CTL_ADD, watched.process.get(), &event) == 0;
}

/// From now on it is asked how it is.
void DeathWatch::drop(Watched& watched) {
  if (!watched.process) return;
  if (!watched.held) epoll_ctl(ends_.get(), EPOLL_CTL_DEL, watched.process.get(), nullptr);
  watched.process.reset();
  asked_.insert(watched.name);
}

void DeathWatch::remove(const std::string& service) {
  const auto found = watched_.find(service);
  if (found == watched_.end()) return;
  drop(found->second);
  asked_.erase(service);
  watched_.erase(found);
}

void DeathWatch::clear() {
  while (!watched_.empty()) remove(watched_.begin()->first);
}

/// A held one's end would be told again and again.
void DeathWatch::set_held(const std::string& service, bool held) {
  const auto found = watched_.find(service);
  if (found == watched_.end() || found->second.held == held) return;
  Watched& watched = found->second;
  if (held && watched.process) epoll_ctl(ends_.get(), EPOLL_CTL_DEL, watched.process.get(), nullptr);
  if (!held && watched.process && !hear(watched)) drop(watched);
  watched.held = held;
}

std::vector<int> DeathWatch::descriptors() const { return ends_ ? std::vector{ends_.get()} : std::vector<int>(); }

Deadline DeathWatch::deadline() const {
  Deadline first;
  for (const std::string& name : asked_) {
    const Watched& watched = watched_.at(name);
    if (!watched.held && (!first || watched.next_look < *first)) first = watched.next_look;
  }
  return first;
}

/// Of one without a pidfd, when it is time to ask.
bool DeathWatch::has_changed(Watched& watched) {
  if (watched.held || Clock::now() < watched.next_look) return false;
  RunningService now;
  now.init = watched.init;
  watched.next_look = Clock::now() + between_rounds;
  try {
    return !refresh(now) || now.spec.state != RunState::running || now.pid != watched.pid;
  } catch (const Error&) {
    return false;  // cannot be seen now; it is asked again
  }
}

/// Those whose process may have ended, or has.
std::set<std::string> DeathWatch::news() {
  std::set<std::string> names;
  for (const std::string& name : asked_)
    if (has_changed(watched_.at(name))) names.insert(name);
  std::array<epoll_event, 64> ended{};
  int count = 0;
  do {
    count = ends_ ? epoll_wait(ends_.get(), ended.data(), ended.size(), 0) : 0;
    for (int i = 0; i < count; ++i) {
      auto& watched = *static_cast<Watched*>(ended.at(static_cast<std::size_t>(i)).data.ptr);
      names.insert(watched.name);
      drop(watched);
    }
  } while (count == ended.size());
  return names;
}

/// What it has died of. One that will be started again is followed to its next process.
std::string DeathWatch::attend(Watched& watched) {
  watched.next_look = Clock::now() + between_looks;
  std::optional<RunningService> service;
  try {
    service = service_of(watched.init);
  } catch (const Error&) {
    return {};  // cannot be seen now; it is asked again
  }
  const std::string death = service ? death_of(*service) : "its init has died";
  if (death.empty() && service->pid != 0 && service->pid != watched.pid) follow(watched, service->pid);
  if (death.empty()) return {};
  const std::string where = watched.origin.empty() ? "" : " (" + watched.origin + ")";
  return "service " + watched.name + ": " + death + where +
         log_tail(lab_, watched.name, service ? service->log_start : init::LogPlace{});
}

std::vector<Outcome> DeathWatch::reap() {
  std::vector<Outcome> died;
  for (const std::string& name : news()) {
    const std::string death = attend(watched_.at(name));
    if (death.empty()) continue;
    died.push_back({0, death, Outcome::Kind::died});
    remove(name);
  }
  return died;
}

}  // namespace nsbuild::engine
