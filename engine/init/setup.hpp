// How a new init furnishes its namespaces: the operations of a launch, and the file system tricks they need. Nothing
// here touches what the machine sees: the init has a mount namespace of its own, cut off from all others.
#pragma once
#include "engine/fd.hpp"
#include "engine/init/base.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/types.h>

namespace nsbuild::init {

/// A file system that is this service's alone: things may be made in it.
struct Own {
  Own* next;
  dev_t device;
  int mount;       // a descriptor of its root
  bool read_only;  // becomes so at the end, when everything is made
};

inline constexpr unsigned move_by_descriptor = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;

/// What the operations of one launch share. Lives until the command starts.
struct Setup {
  Arena arena;
  Failure failure;
  const char* words = "";                                            // of the operation under way
  engine::Fd proc{open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC)};  // the starter's, whatever the root becomes
  engine::Fd machine_root;                                           // once the root is another one
  engine::Fd root;                                                   // that one
  engine::Fd scratch;  // root of the tmpfs that holds files, uppers of overlays and the private /run
  Own* owned = nullptr;
  unsigned counter = 0;  // names in the scratch

  /// Notes errno (or `error`) with the words of the operation; always false.
  bool fail(const char* detail = "", int error = -1) noexcept;
  /// `mount` stays open; the init closes all that is not fixed once it is furnished.
  bool own(int mount, bool read_only) noexcept;
  /// The directory becomes the root; the machine's stays attached until leave_machine() (root.cpp).
  bool change_root(const engine::Fd& tree) noexcept;
  bool leave_machine() noexcept;
  /// The file system of ours that a directory lies on, or null.
  const Own* owner_of(const char* directory) const noexcept;
  const Own* owner_of(const engine::Fd& directory) const noexcept;
  const Own* owner_of(dev_t device) const noexcept;
};

// setup.cpp
/// Does all operations of a launch memfd, or of its bytes; on false `failure` says why.
bool furnish(Setup& setup, int launch) noexcept;
bool furnish(Setup& setup, const char* launch) noexcept;

// target.cpp
/// A path with its symbolic links resolved as far as it exists.
struct Resolved {
  char* path = nullptr;      // absolute, no links, no dots
  std::size_t existing = 0;  // bytes of `path` that exist; 0 is the root
};
bool resolve(Setup& setup, const char* path, Resolved& resolved) noexcept;
/// An O_PATH descriptor of the target. A missing one is made; where the machine would see that, its nearest existing
/// parent is covered first. None, and false from fail(), when it cannot be.
engine::Fd target(Setup& setup, const char* path, bool directory, bool make) noexcept;
/// Where something that is missing can be made. Whoever changes the path meanwhile does not change where that is.
struct Missing {
  char* path = nullptr;   // resolved, for words
  engine::Fd existing;    // its nearest parent that was there, which lies on a file system of ours
  const char* rest = "";  // of the path, below that
  const Own* owner = nullptr;
};
/// Makes a missing path's parents, and covers what must be covered for it.
bool prepare_missing(Setup& setup, const char* path, Missing& missing) noexcept;

// filesystem.cpp
/// A detached file system; `options` as mount(8) has them. None, and false from fail(), when the kernel refuses.
engine::Fd make_filesystem(Setup& setup, const char* type, const char* options, unsigned attributes) noexcept;
engine::Fd make_devpts(Setup& setup, unsigned attributes) noexcept;
/// Directories of an overlay, the uppermost lower first.
struct Layers {
  const int* lower = nullptr;
  std::size_t lower_count = 0;
  int upper = -1;
  int work = -1;
};
engine::Fd make_overlay(Setup& setup, const Layers& layers) noexcept;
/// An upper on the scratch, and its work directory, for as long as they stay open.
bool scratch_layers(Setup& setup, Layers& layers, engine::Fd& upper, engine::Fd& work) noexcept;
bool set_read_only(int mount, bool below_too) noexcept;

// cover.cpp
/// Puts an overlay over a directory whose upper lies on the scratch; mounts below are carried over.
bool cover(Setup& setup, const char* directory) noexcept;

// mounts.cpp
/// Mount points strictly below a directory that can be reached and lie under no other such one, one after the other
/// with their NULs, an empty one at the end. Null when neither the kernel tells nor mountinfo can be read (proc(5)).
const char* mounts_below(Setup& setup, const char* directory) noexcept;
/// The same with those that lie under other such ones.
const char* all_mounts_below(Setup& setup, const char* directory) noexcept;

}  // namespace nsbuild::init
