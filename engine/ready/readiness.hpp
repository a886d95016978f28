// Waiting for services to be ready, many at once: the steps whose resource is a planner::Ready.
#pragma once
#include "engine/kernel.hpp"
#include "engine/service/services.hpp"

#include <memory>
#include <string>
#include <vector>

namespace nsbuild::engine {

class Readiness {
 public:
  explicit Readiness(std::string lab);
  ~Readiness();
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;

  /// Begins to wait. `init` is the service's, when the caller knows it; else it is looked for.
  void submit(const Task& task, pid_t init);
  /// Whether somebody waits for that service.
  bool is_waiting_for(const std::string& service) const;
  /// Descriptors to poll(2) for POLLIN while somebody waits.
  std::vector<int> descriptors() const;
  /// When reap() has to be called though no descriptor is readable; none when nobody waits.
  Deadline deadline() const;
  /// Looks where it is time to; outcomes of who is ready, has died, or was waited for too long. Never blocks for longer
  /// than a look takes.
  std::vector<Outcome> reap();
  /// Waits for nobody any more: the next reap() gives them all as Outcome::Kind::given_up.
  void abandon();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Whether the service is known to be ready by that definition, or is so now; starts nothing inside it.
bool is_ready(const planner::Ready& wish, const RunningService& service);

}  // namespace nsbuild::engine
