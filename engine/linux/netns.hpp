// Network namespaces as such: making one, being in one for a moment, and never staying in the wrong one.
#pragma once
#include "engine/fd.hpp"

#include <functional>
#include <string>

#include <sys/types.h>

namespace nsbuild::engine {

/// The calling thread is in `there` while this lives, and in `home` afterwards, also when an exception passes. If the
/// way home is barred the process ends: it must not go on in somebody else's network.
class Inside {
 public:
  /// Throws SysError, which calls it `name`.
  Inside(const Fd& there, const std::string& name, const Fd& home);
  ~Inside();
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

 private:
  const Fd& home_;
};

/// Unshares a new network namespace, runs `inside` in it and comes back. Returns the namespace's descriptor; when that
/// and all pins and sockets are gone, so is the namespace. Throws SysError, and what `inside` throws.
Fd make_netns(const Fd& home, const std::function<void(const Fd& netns)>& inside);

/// Whether a path leads to a mounted namespace, of any kind.
bool is_namespace(const std::string& path);
/// Which namespace a descriptor is: its nsfs inode; 0 when it is not on nsfs.
ino_t netns_inode(const Fd& netns);
/// The same of what is mounted at a path, no link followed; 0 also when nothing is there. Throws SysError.
ino_t netns_inode(const std::string& path);
/// Whether there is no more at the path than what a pin leaves behind: an empty file. Throws SysError.
bool is_bare_pin(const std::string& path);
/// Whether there is that or nothing. Throws SysError.
bool is_free_for_pin(const std::string& path);

}  // namespace nsbuild::engine
