// A /dev of the service's own: the devices that programs rely on, and nothing of the machine's hardware.
#include "engine/init/operations.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nsbuild::init {
namespace {

struct Device {
  const char* name;
  unsigned major, minor;  // Documentation/admin-guide/devices.txt; both under 256, as makedev(3) is put together below
  bool always;            // else only if the machine has it
};
constexpr Device devices[] = {
    {"null", 1, 3, true},    {"zero", 1, 5, true}, {"full", 1, 7, true},        {"random", 1, 8, true},
    {"urandom", 1, 9, true}, {"tty", 5, 0, true},  {"net/tun", 10, 200, false}, {"fuse", 10, 229, false},
};

struct Link {
  const char* name;
  const char* to;
};
constexpr Link links[] = {
    {"fd", "/proc/self/fd"},       {"stdin", "/proc/self/fd/0"}, {"stdout", "/proc/self/fd/1"},
    {"stderr", "/proc/self/fd/2"}, {"ptmx", "pts/ptmx"},
};

/// Where mknod(2) is refused, in a user namespace above all, the machine's own is bound.
bool bind_device(int dev, int machine, const char* name) noexcept {
  const engine::Fd file(openat(dev, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  const engine::Fd tree(open_tree(machine, name, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  return file && tree && move_mount(tree.get(), "", dev, name, MOVE_MOUNT_F_EMPTY_PATH) == 0;
}

bool make_devices(Setup& setup, int dev, int machine) noexcept {
  for (const Device& device : devices) {
    struct stat status {};
    if (!device.always && fstatat(machine, device.name, &status, 0) != 0) continue;
    if (mknodat(dev, device.name, S_IFCHR | 0666, dev_t{device.major << 8U | device.minor}) == 0) continue;
    if (errno != EPERM || !bind_device(dev, machine, device.name)) return setup.fail(device.name);
  }
  return true;
}

bool make_tree(Setup& setup, int dev, int machine) noexcept {
  const bool directories = mkdirat(dev, "net", 0755) == 0 && mkdirat(dev, "pts", 0755) == 0 &&
                           mkdirat(dev, "mqueue", 0755) == 0 && mkdirat(dev, "shm", 01777) == 0;
  if (!directories) return setup.fail();
  for (const Link& link : links)
    if (symlinkat(link.to, dev, link.name) != 0) return setup.fail(link.name);
  return make_devices(setup, dev, machine);
}

/// A kernel may be built without message queues.
bool mount_systems(Setup& setup, int dev) noexcept {
  const engine::Fd pts = make_devpts(setup, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
  if (!pts) return false;
  if (move_mount(pts.get(), "", dev, "pts", MOVE_MOUNT_F_EMPTY_PATH) != 0) return setup.fail("pts");
  const engine::Fd queues =
      make_filesystem(setup, "mqueue", "", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
  if (!queues) return setup.failure.error == ENODEV;
  return move_mount(queues.get(), "", dev, "mqueue", MOVE_MOUNT_F_EMPTY_PATH) == 0 || setup.fail("mqueue");
}

}  // namespace

bool do_minimal_dev(Doing& doing) noexcept {
  Setup& setup = doing.setup;
  const engine::Fd machine = doing.take(doing.operation.slot);
  engine::Fd dev = make_filesystem(setup, "tmpfs", "mode=0755", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
  if (!dev) return false;
  const engine::Fd at = target(setup, doing.first, true, true);
  if (!at) return false;
  if (move_mount(dev.get(), "", at.get(), "", move_by_descriptor) != 0) return setup.fail();
  const mode_t before = umask(0);
  const bool ok = make_tree(setup, dev.get(), machine.get()) && mount_systems(setup, dev.get());
  umask(before);
  return ok && setup.own(dev.release(), false);
}

}  // namespace nsbuild::init
