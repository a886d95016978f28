// Tells when network namespaces that nobody holds any more are freed. The kernel does that in batches, one after the
// other, and takes a batch's devices away before the rest of it (cleanup_net in net/core/net_namespace.c). So there are
// two namespaces with a veth back to the caller's: one dropped behind those that are waited for, the other when the
// first one's veth is gone; its own batch begins when the first one's has ended, with all that was before it.
#pragma once
#include "bench/floor/netlink.hpp"

#include <sys/types.h>

namespace floor_bench {

class Sentinel {
 public:
  /// In two namespaces that this object keeps alive.
  Sentinel();
  /// The first one in the network namespace of a process, which lives as long as others keep it.
  explicit Sentinel(pid_t process);

  void drop() { first_.drop(); }
  void await();

 private:
  /// A namespace's descriptor, and our end of the veth into it.
  class Half {
   public:
    explicit Half(int netns);
    ~Half() { drop(); }
    Half(const Half&) = delete;
    Half& operator=(const Half&) = delete;
    void drop();
    void await() { news_.await_removal(index_); }

   private:
    int netns_, index_ = 0;
    Socket news_;
  };

  Half first_, second_;
};

}  // namespace floor_bench
