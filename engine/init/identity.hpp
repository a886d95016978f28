// Who a command runs as: `user[:group]` by name or number, looked up in the passwd(5) and group(5) of the root one is
// in.
#pragma once
#include "engine/init/base.hpp"

#include <sys/types.h>

namespace nsbuild::init {

struct Identity {
  uid_t uid = 0;
  gid_t gid = 0;
  const char* name = "root";  // the number when nobody has it
  const char* home = "/";
  const gid_t* groups = nullptr;  // supplementary ones
  std::size_t group_count = 0;
};

/// An empty text is root. A number needs no entry; its group is then the same number. Strings live in the arena.
/// False, with the words in `failure`, when there is no such user or group.
bool look_up(const char* text, Arena& arena, Identity& identity, Failure& failure) noexcept;

/// Takes on the identity for good: supplementary groups, group, user. -1 with errno.
int assume(const Identity& identity) noexcept;

}  // namespace nsbuild::init
