// The operations of a launch as functions, by what they are about; each fails with the words of its operation.
#pragma once
#include "engine/init/identity.hpp"
#include "engine/init/setup.hpp"

#include <cerrno>

#include <sys/stat.h>

namespace nsbuild::init {

/// One operation, with the texts it speaks of.
struct Doing {
  Setup& setup;
  const Operation& operation;
  const char* first;
  const char* second;
  const char* third;
  int* slots;

  bool has(OperationFlags flag) const noexcept { return (operation.flags & flag) != 0; }
  /// What the slot holds becomes the caller's.
  engine::Fd take(std::uint32_t slot) const noexcept;
  /// After a failure: fine after all when the machine has no such thing and the operation is optional.
  bool forgiven() const noexcept {
    return has(optional) && (setup.failure.error == ENOENT || setup.failure.error == ENODEV);
  }
};

// mount_operations.cpp
bool do_grab(Doing& doing) noexcept;
bool do_hold(Doing& doing) noexcept;
bool do_attach(Doing& doing) noexcept;
bool do_mount_new(Doing& doing) noexcept;
bool do_tmpfs(Doing& doing) noexcept;
bool do_overlay(Doing& doing) noexcept;
/// The kernel's EINVAL would not say what is wrong.
bool same_kind(Setup& setup, const struct stat& tree, const engine::Fd& at) noexcept;
bool find_owner(Doing& doing, Identity& identity) noexcept;

// root.cpp
bool do_freeze_root(Doing& doing) noexcept;
bool do_scratch(Doing& doing) noexcept;
bool do_enter_root(Doing& doing) noexcept;
bool do_privatize(Doing& doing) noexcept;
bool do_private_dir(Doing& doing) noexcept;

// devices.cpp
bool do_minimal_dev(Doing& doing) noexcept;

// file_operation.cpp
bool do_write_file(Doing& doing) noexcept;

}  // namespace nsbuild::init
