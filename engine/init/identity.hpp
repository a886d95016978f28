// Who a command runs as: users and groups by name or number, looked up in the passwd(5) and group(5) of the root one is
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

/// Whom a file asks for.
struct Who {
  const char* user = "";         // `user[:group]`; empty is root
  const char* group = "";        // instead of that group; empty is none
  const char* groups = nullptr;  // supplementary ones beside the user's: strings one behind the other
  std::size_t group_count = 0;
};

/// A number needs no entry; a user's group is then the same number. Strings live in the arena. False, with the words in
/// `failure`, when there is no such user or group.
bool look_up(const Who& who, Arena& arena, Identity& identity, Failure& failure) noexcept;
/// None when no group is called that.
bool find_group(const char* text, Arena& arena, gid_t& gid) noexcept;

/// Takes on the identity for good: supplementary groups, group, user. -1 with errno.
int assume(const Identity& identity) noexcept;

}  // namespace nsbuild::init
