#include "engine/init/identity.hpp"

#include <cerrno>
#include <cstdlib>

#include <fcntl.h>
#include <grp.h>
#include <unistd.h>

namespace nsbuild::init {
namespace {

constexpr std::size_t database_max = std::size_t{4} << 20U;

/// The whole file with a NUL behind, or an empty string when it cannot be read: numbers work without it. (The static
/// glibc's own lookups would load NSS modules.)
char* slurp(const char* path, Arena& arena) noexcept {
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  const off_t end = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
  const std::size_t size = end < 0 || end > off_t{database_max} ? 0 : static_cast<std::size_t>(end);
  char* text = arena.take(size + 1);
  std::size_t have = 0;
  while (text != nullptr && have < size) {
    const ssize_t came = pread(fd, text + have, size - have, static_cast<off_t>(have));
    if (came <= 0) break;
    have += static_cast<std::size_t>(came);
  }
  if (fd >= 0) close(fd);
  return text;
}

/// Cuts a line at its colons; true when there are at least `count` fields.
bool split(char* line, char** fields, std::size_t count) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    if (line == nullptr) return false;
    fields[i] = strsep(&line, ":");
  }
  return true;
}

bool parse_id(const char* text, unsigned& id) noexcept {
  if (*text < '0' || *text > '9') return false;
  char* end = nullptr;
  errno = 0;
  const unsigned long value = std::strtoul(text, &end, 10);
  if (*end != '\0' || errno != 0 || value >= 0xffffffffUL) return false;  // (uid_t)-1 means "leave alone"
  id = static_cast<unsigned>(value);
  return true;
}

bool lists_member(char* members, const char* name) noexcept {
  while (char* member = strsep(&members, ","))
    if (std::strcmp(member, name) == 0) return true;
  return false;
}

/// Finds the passwd entry by name, else (for a number) by uid.
bool find_user(const char* text, char* passwd, Identity& identity) noexcept {
  unsigned wanted = 0;
  const bool numeric = parse_id(text, wanted);
  while (char* line = strsep(&passwd, "\n")) {
    char* fields[6];
    unsigned uid = 0;
    unsigned gid = 0;
    if (!split(line, fields, 6) || !parse_id(fields[2], uid) || !parse_id(fields[3], gid)) continue;
    if (numeric ? uid != wanted : std::strcmp(fields[0], text) != 0) continue;
    identity = {uid, gid, fields[0], *fields[5] == '\0' ? "/" : fields[5], nullptr, 0};
    return true;
  }
  if (numeric) identity = {wanted, wanted, text, "/", nullptr, 0};
  return numeric;
}

bool no_such_group(const char* text, Failure& failure) noexcept {
  failure.set(0, "no such group", text);
  return false;
}

/// The groups: the own one first, as initgroups(3) does, then those that list the user, then those asked for.
bool collect_groups(const Who& who, Arena& arena, Identity& identity, Failure& failure) noexcept {
  constexpr std::size_t groups_max = 1024;
  auto* groups = arena.array<gid_t>(groups_max + who.group_count + 1);
  char* database = slurp("/etc/group", arena);
  if (groups == nullptr || database == nullptr) return failure.set(ENOMEM, "groups"), false;
  std::size_t count = 0;
  groups[count++] = identity.gid;
  while (char* line = strsep(&database, "\n")) {
    char* fields[4];
    unsigned gid = 0;
    if (count < groups_max && split(line, fields, 4) && parse_id(fields[2], gid) &&
        lists_member(fields[3], identity.name))
      groups[count++] = gid;
  }
  const char* text = who.groups;
  for (std::size_t i = 0; i < who.group_count; ++i, text += std::strlen(text) + 1)
    if (!find_group(text, arena, groups[count++])) return no_such_group(text, failure);
  identity.groups = groups;
  identity.group_count = count;
  return true;
}

}  // namespace

bool find_group(const char* text, Arena& arena, gid_t& gid) noexcept {
  if (parse_id(text, gid)) return true;
  char* database = slurp("/etc/group", arena);
  while (char* line = strsep(&database, "\n")) {
    char* fields[3];
    if (split(line, fields, 3) && std::strcmp(fields[0], text) == 0 && parse_id(fields[2], gid)) return true;
  }
  return false;
}

bool look_up(const Who& who, Arena& arena, Identity& identity, Failure& failure) noexcept {
  char* user = concat(arena, *who.user == '\0' ? "0" : who.user);
  char* passwd = slurp("/etc/passwd", arena);
  if (user == nullptr || passwd == nullptr) return failure.set(ENOMEM, "user", who.user), false;
  const char* group = who.group;
  if (char* colon = std::strchr(user, ':'); colon != nullptr) {
    *colon = '\0';
    if (*group == '\0') group = colon + 1;
  }
  if (!find_user(user, passwd, identity)) {
    failure.set(0, "no such user", user);
    return false;
  }
  if (*group != '\0' && !find_group(group, arena, identity.gid)) return no_such_group(group, failure);
  return collect_groups(who, arena, identity, failure);
}

int assume(const Identity& identity) noexcept {
  if (setgroups(identity.group_count, identity.groups) != 0) return -1;
  if (setresgid(identity.gid, identity.gid, identity.gid) != 0) return -1;
  return setresuid(identity.uid, identity.uid, identity.uid);
}

}  // namespace nsbuild::init
