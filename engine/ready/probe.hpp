// One way to look whether a service is ready, from inside its namespaces and without disturbing it. A look never
// blocks: what takes its time (a command) is under way between looks.
#pragma once
#include "engine/service/services.hpp"
#include "planner/kinds/ready.hpp"

#include <memory>
#include <string>

namespace nsbuild::engine {

class Probe {
 public:
  Probe() = default;
  virtual ~Probe() = default;
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  /// Whether it holds now. Throws Error when that cannot be found out at all.
  virtual bool look() = 0;
  /// What is missing, after a look that did not hold: "nothing listens on tcp 8080".
  virtual std::string lack() const = 0;
  /// Readable when the next look would have news before its time; -1 is none.
  virtual int descriptor() const { return -1; }
};

/// Looks at the run of the service that was seen, whose init lives.
std::unique_ptr<Probe> make_probe(const planner::Ready& wish, const RunningService& service);

// One kind each; make_probe() chooses.
std::unique_ptr<Probe> make_inet_probe(const planner::Ready& wish, const RunningService& service);
std::unique_ptr<Probe> make_unix_probe(const planner::Ready& wish, const RunningService& service);
std::unique_ptr<Probe> make_file_probe(const planner::Ready& wish, const RunningService& service);
std::unique_ptr<Probe> make_command_probe(const planner::Ready& wish, const RunningService& service);
std::unique_ptr<Probe> make_log_probe(const planner::Ready& wish, const RunningService& service);

/// Whether looking starts nothing inside the service: a plan may do it.
bool is_passive(const planner::Ready& wish);

}  // namespace nsbuild::engine
