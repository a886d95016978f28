#include "engine/init/listmount.hpp"

#include <cstdint>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace nsbuild::init {
namespace {

// linux/mount.h, linux/stat.h and asm/unistd.h since 6.8; Debian 12's headers are older. The numbers are those of every
// architecture that there are entry points for.
constexpr long statmount_number = 457;
constexpr long listmount_number = 458;
constexpr unsigned statx_mnt_id_unique = 0x4000;
constexpr std::uint64_t statmount_mnt_point = 0x10;

/// struct mnt_id_req in its first version.
struct MountRequest {
  std::uint32_t size = sizeof(MountRequest);
  std::uint32_t spare = 0;
  std::uint64_t mount;
  std::uint64_t param;  // what statmount(2) is to tell; after which mount listmount(2) begins
};

/// struct statmount, as far as it is asked for.
struct MountStatus {
  std::uint32_t size;
  std::uint32_t unused_words;
  std::uint64_t mask;
  std::uint64_t unused[11];
  std::uint32_t root;
  std::uint32_t point;  // offset in `text`
  std::uint64_t spare[50];
  char text[4096];
};
static_assert(offsetof(MountStatus, text) == 512);

bool mount_of(const char* directory, std::uint64_t& mount) noexcept {
  struct statx status {};
  if (statx(AT_FDCWD, directory, AT_NO_AUTOMOUNT, statx_mnt_id_unique, &status) != 0) return false;
  mount = status.stx_mnt_id;
  return (status.stx_mask & statx_mnt_id_unique) != 0;
}

/// "" for one that cannot be reached from our root.
const char* point_of(Arena& arena, MountStatus& status, std::uint64_t mount) noexcept {
  const MountRequest request{.mount = mount, .param = statmount_mnt_point};
  if (syscall(statmount_number, &request, &status, sizeof status, 0) != 0) return nullptr;
  return concat(arena, (status.mask & statmount_mnt_point) != 0 ? status.text + status.point : "");
}

}  // namespace

int list_points(Arena& arena, const char* directory, const char** points, int room) noexcept {
  constexpr int most = 64;
  std::uint64_t mounts[most];
  MountRequest request{.mount = 0, .param = 0};
  if (!mount_of(directory, request.mount)) return -1;
  const long count = syscall(listmount_number, &request, mounts, most, 0);
  if (count < 0 || count == most || count > room) return -1;
  auto* status = arena.array<MountStatus>(1);
  for (long i = 0; i < count; ++i) {
    points[i] = status == nullptr ? nullptr : point_of(arena, *status, mounts[i]);
    if (points[i] == nullptr) return -1;
  }
  return static_cast<int>(count);
}

}  // namespace nsbuild::init
