// The processes below an init or a supervisor in their PID namespace, and how all of them end. Only what descends from
// the caller is meant: who was let in from outside has a parent there, and those that joined have a supervisor.
#pragma once
#include "netgraph/join_limit.hpp"

#include <cstddef>
#include <cstdint>

#include <sys/types.h>

namespace nsbuild::init {

/// The supervisors that an init has forked. Each has a cgroup namespace of its own, which all that it starts inherits:
/// the mark by which its processes are known when it was killed and can look after them no more.
class Supervisors {
 public:
  static constexpr std::size_t max = netgraph::joined_max;
  bool full() const noexcept { return count_ == max; }
  void add(pid_t pid) noexcept;
  /// False when it is none of them.
  bool died(pid_t pid) noexcept;
  bool has(pid_t pid) const noexcept;
  bool any_alive() const noexcept;
  void signal(int number) const noexcept;
  /// Ends what dead ones have left; how many processes are still there.
  std::size_t end_orphans() noexcept;

 private:
  struct One {
    pid_t pid;  // 0: it has died
    std::uint64_t mark;
  };
  One all_[max];  // only the pages that are used cost anything
  std::size_t count_ = 0;
};

/// SIGKILL to all below the caller but the supervisors and what is below them; how many there were, zombies included.
/// Without a mark all; else only those with it, and what is below them.
std::size_t end_family(const Supervisors& supervisors, std::uint64_t mark = 0) noexcept;

}  // namespace nsbuild::init
