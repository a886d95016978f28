// The Kernel that is Linux: network steps through netlink and syscalls, one after the other in the order given (new
// namespaces two at a time); service steps through Services, side by side.
#pragma once
#include "engine/kernel.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>

#include <sys/types.h>

namespace nsbuild::engine {

class Departures;

class LinuxKernel final : public Kernel {
 public:
  /// `stop_requested` wakes collect() once, the first time that it is seen to be true: what comes after, the rollback,
  /// is waited for. Signals that set it are those that interrupt ppoll(2).
  explicit LinuxKernel(const std::string& lab, std::function<bool()> stop_requested = {});
  ~LinuxKernel() override;

  planner::State observe(const Scope& scope) override;
  void expect(const planner::Plan& plan) override;
  void submit(std::span<const Task> ready) override;
  std::vector<Outcome> collect(Deadline deadline) override;
  void abandon() override;

  /// The lab's namespaces by nsfs inode, as far as they are known since the last look and not removed.
  std::map<ino_t, std::string> namespaces() const;

  /// For a destroy: from now on, whether somebody else has open what is removed.
  void watch_departures();
  /// Of all that has been removed since. Once.
  Departures departures();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace nsbuild::engine
