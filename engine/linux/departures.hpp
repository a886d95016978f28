// Namespaces whose pins are gone: whether somebody else still has one open or mounted.
#pragma once
#include "engine/fd.hpp"
#include "engine/linux/netlink.hpp"

#include <optional>
#include <set>
#include <vector>

#include <sys/stat.h>
#include <sys/types.h>

namespace nsbuild::engine {

/// A namespace that nobody has pinned any more. The kernel makes its file when it is opened or mounted, and drops the
/// file with the last descriptor and mount of it (path_from_stashed() in fs/libfs.c), however long the namespace itself
/// lives: in processes, or in a socket. So while a socket keeps it, a file that is as old as before is somebody's.
class Departure {
 public:
  /// The descriptor is the last one that is ours, and is closed.
  Departure(Fd netns, Netlink socket);

  ino_t inode() const { return file_.st_ino; }
  /// None when that cannot be told now, as when no more can be opened. True also where the file was made in this tick
  /// of the kernel's clock (10 ms at most).
  std::optional<bool> is_open_elsewhere() const;

 private:
  Netlink socket_;
  struct stat file_ {};
};

/// Those of one lab. They stay until let_go(), for the kernel is not to clean up behind one namespace while others are
/// still being unmounted: both wait for RCU grace periods and disturb each other.
class Departures {
 public:
  void add(Departure one) { leaving_.push_back(std::move(one)); }
  std::size_t size() const { return leaving_.size(); }
  /// From now on those that somebody else has open are kept, for still_open().
  void watch() { watches_ = true; }
  bool is_watching() const { return watches_; }
  /// Of one nothing can be said.
  void lose_sight() { saw_all_ = false; }
  void let_go();

  /// By nsfs inode, those that somebody else still has open; lets go of all others.
  std::set<ino_t> still_open();
  bool saw_all() const { return saw_all_; }

 private:
  std::vector<Departure> leaving_, open_;
  bool watches_ = false;
  bool saw_all_ = true;
};

}  // namespace nsbuild::engine
