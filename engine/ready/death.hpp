// Services that die while an apply goes on with other things.
#pragma once
#include "engine/descriptors.hpp"
#include "engine/fd.hpp"
#include "engine/kernel.hpp"
#include "engine/service/services.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace nsbuild::engine {

/// "exited with exit code 3"; empty while it runs, will be started again, has completed, or is only starting.
std::string death_of(const RunningService& service);

/// Watches processes by pidfd, as far as there are descriptors to spare; the others by what their inits say of them.
/// What it costs does not grow with those that live.
class DeathWatch {
 public:
  explicit DeathWatch(std::string lab) : lab_(std::move(lab)) {}

  void add(const planner::Service& service, pid_t init);
  /// It is being changed or removed.
  void remove(const std::string& service);
  void clear();
  /// Somebody else looks after it until release().
  void hold(const std::string& service) { set_held(service, true); }
  void release(const std::string& service) { set_held(service, false); }

  std::vector<int> descriptors() const;
  Deadline deadline() const;
  /// Those that have died for good since, each once: Outcome::Kind::died.
  std::vector<Outcome> reap();

 private:
  struct Watched {
    std::string name, origin;
    pid_t init = 0;
    pid_t pid = 0;
    bool held = false;
    Fd process;  // pidfd; none when it has ended and its init has yet to say what follows, or when there were none left
    std::chrono::steady_clock::time_point next_look{};  // without a pidfd
  };
  void set_held(const std::string& service, bool held);
  void follow(Watched& watched, pid_t pid);
  bool hear(Watched& watched);
  void drop(Watched& watched);
  static bool has_changed(Watched& watched);
  std::set<std::string> news();
  std::string attend(Watched& watched);

  std::string lab_;
  std::size_t pidfds_most_ = descriptor_budget().watched;
  std::map<std::string, Watched> watched_;  // by service
  std::set<std::string> asked_;             // those without a pidfd
  Fd ends_;                                 // epoll(7) of the pidfds of those that are not held
};

}  // namespace nsbuild::engine
