// TCP connections that outlive their processes, and with them the namespace that they are in.
#pragma once
#include <optional>

namespace nsbuild::engine {

/// When a process ends, its connections go on until the other side has acknowledged all that was sent. If that never
/// comes (the link is gone, or was slower than the removal), each waits for some 100 seconds, and so do the namespace
/// and its devices, though nobody can find them any more (tcp_orphan_retries() in net/ipv4/tcp_timer.c).
class Orphans {
 public:
  /// Whether there is one anywhere on this machine. Looked up once until forget(). True when it cannot be known.
  bool exist();
  void forget() { known_.reset(); }

 private:
  std::optional<bool> known_;
};

/// The setting by which those of one namespace give up when next they would repeat themselves: after a fraction of a
/// second, unless they have been repeating themselves for long (each pause is twice as long as the one before).
constexpr const char* orphan_retries_key = "net.ipv4.tcp_orphan_retries";
constexpr const char* orphan_retries_least = "1";  // 0 is the kernel's default, which is 8

}  // namespace nsbuild::engine
