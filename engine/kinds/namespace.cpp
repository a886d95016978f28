// A network namespace: unshared, pinned where ip-netns(8) looks, its loopback up and marked.
#include "engine/error.hpp"
#include "engine/kinds/link.hpp"
#include "engine/linux/mark.hpp"
#include "engine/linux/netns.hpp"

#include <fcntl.h>
#include <net/if.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nsbuild::engine {

namespace {

using planner::Namespace;

constexpr int loopback_index = 1;

/// The pins' directory is a shared mount of its own, so that an unmounted pin is gone from every mount namespace. Under
/// the lock that iproute2 takes too, or two of us would stack mounts.
void share_pin_directory() {
  const std::string path = pin_directory();
  if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) throw SysError("mkdir " + path);
  const Fd lock(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock) throw SysError("open " + path);
  if (::flock(lock.get(), LOCK_EX) != 0) throw SysError("lock " + path);
  if (::mount("", path.c_str(), "none", MS_SHARED | MS_REC, nullptr) == 0) return;
  if (errno != EINVAL) throw SysError("share the mount " + path);
  if (::mount(path.c_str(), path.c_str(), "none", MS_BIND | MS_REC, nullptr) != 0) throw SysError("mount " + path);
  if (::mount("", path.c_str(), "none", MS_SHARED | MS_REC, nullptr) != 0) throw SysError("share the mount " + path);
}

/// An empty file to mount on. What is left of a killed apply or of another boot is one, and makes way.
void make_pin_file(const std::string& path) {
  if (!is_free_for_pin(path))
    throw Error(path + (is_namespace(path) ? " is taken by another namespace" : " is there, and no pin of nsbuild's"));
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) throw SysError("unlink " + path);
  const Fd file(::open(path.c_str(), O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0));
  if (!file) throw SysError("create " + path);
}

void set_loopback(Netlink& socket, const std::string& lab, bool up) {
  LinkMessage lo;
  lo.header.ifi_index = loopback_index;
  lo.header.ifi_change = IFF_UP;
  lo.header.ifi_flags = up ? static_cast<unsigned>(IFF_UP) : 0;
  lo.alias = lab_mark(lab);
  lo.group = mark_group;  // stays when somebody changes the alias
  promote_secondaries(lo);
  Message message(RTM_SETLINK, 0);
  put_all(message, lo);
  socket.request(message);
}

/// No link-local address of a device of ours waits for duplicate address detection: the kernel takes the greater of
/// this and of "all", which is 0 (net/ipv6/addrconf.c).
void skip_address_detection(Procfs& procfs, ino_t inode) {
  try {
    procfs.write_here(inode, "net.ipv6.conf.default.accept_dad", "0");
  } catch (const SysError& error) {
    if (error.code() != ENOENT) throw;  // a kernel without IPv6
  }
}

/// The namespace that a pin leads to, open for what is to be done with it behind its pin; null when that is nothing, or
/// it is not there.
const OpenPlace* for_afterwards(Machine& machine, const std::string& name) try {
  const bool is_needed = machine.places.departures().is_watching() || machine.orphans.exist();
  return is_needed ? &machine.places.at(name) : nullptr;
} catch (const Error&) {
  return nullptr;
}

/// A favour: without it the namespace goes as well, only later.
void hurry_orphans(Machine& machine, const OpenPlace& place) try {
  machine.procfs.front().write(place, machine.places.home(), orphan_retries_key, orphan_retries_least);
} catch (const Error&) {
  return;
}

/// Whether what is at the pin is the namespace that was seen there, or no more than the file below it: somebody may
/// have removed ours meanwhile and made one of his own of that name.
bool is_as_seen(const std::string& pin, ino_t seen) {
  const ino_t there = netns_inode(pin);
  return there == 0 ? is_bare_pin(pin) : seen == 0 || seen == there;
}

/// Unmounted and unlinked: a lazy unmount alone would leave copies alive in other mount namespaces.
void unpin(const std::string& pin) {
  if (::umount2(pin.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0 && errno != EINVAL && errno != ENOENT)
    throw SysError("unmount " + pin);
  if (::unlink(pin.c_str()) != 0 && errno != ENOENT) throw SysError("unlink " + pin);
}

/// Whatever comes of it, our own descriptor is not what keeps the namespace. What is gone already counts as removed.
void remove(Machine& machine, const Namespace& gone) {
  const std::string pin = pin_path(Place{machine.lab(), gone.name});
  const OpenPlace* known = machine.places.find(gone.name);
  const ino_t seen = known == nullptr ? 0 : known->inode;
  const OpenPlace* place = for_afterwards(machine, gone.name);
  try {
    if (is_as_seen(pin, seen)) unpin(pin);
  } catch (...) {
    machine.places.forget(gone.name);
    throw;
  }
  if (place != nullptr && machine.orphans.exist()) hurry_orphans(machine, *place);  // else it stays as it was
  machine.places.retire(gone.name);
}

}  // namespace

void change(Machine& machine, const Change<Namespace>& change) {
  if (change.after == nullptr) return remove(machine, *change.before);
  if (change.before == nullptr) {
    prepare_pins(machine);
    NewNamespace made = make_namespace(machine.lab(), *change.after, machine.places.home(), machine.procfs.front());
    return keep_namespace(machine, change.after->name, std::move(made));
  }
  OpenPlace& place = machine.places.at(change.after->name);
  {
    const Inside inside(place.netns, place.name, machine.places.home());
    skip_address_detection(machine.procfs.front(), place.inode);
  }
  set_loopback(*place.socket, machine.lab(), change.after->lo_up);
}

void prepare_pins(Machine& machine) {
  if (!machine.pins_shared) share_pin_directory();
  machine.pins_shared = true;
}

void keep_namespace(Machine& machine, const std::string& name, NewNamespace made) {
  machine.places.keep(name, std::move(made.netns), std::move(made.socket));
  machine.originals.forget_place(name, machine.places.find(name)->inode);
}

NewNamespace make_namespace(const std::string& lab, const Namespace& wanted, const Fd& home, Procfs& procfs) {
  const std::string pin = pin_path(Place{lab, wanted.name});
  make_pin_file(pin);
  std::optional<Netlink> socket;
  Fd netns = make_netns(home, [&](const Fd& made) {
    skip_address_detection(procfs, netns_inode(made));
    socket.emplace();
    set_loopback(*socket, lab, wanted.lo_up);  // marked before it can be found: whoever finds an unmarked one is right
    if (::mount("/proc/thread-self/ns/net", pin.c_str(), "none", MS_BIND, nullptr) != 0) throw SysError("mount " + pin);
  });
  return {std::move(netns), *std::move(socket)};
}

}  // namespace nsbuild::engine
