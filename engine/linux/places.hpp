// The namespaces of one lab that are open at the moment: descriptor, socket and device table of each, opened once.
#pragma once
#include "engine/fd.hpp"
#include "engine/linux/devices.hpp"
#include "engine/place.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>

#include <sys/types.h>

namespace nsbuild::engine {

struct OpenPlace {
  std::string name;
  Fd netns;
  std::optional<Netlink> socket;
  Devices devices;
  ino_t inode = 0;  // of nsfs: which incarnation this is
  std::uint64_t used = 0;

  /// The device's index, looked up again once when it is not known. Throws Error when there is none.
  std::uint32_t device(const std::string& device_name);
  bool is_host() const { return Place{{}, name}.is_host(); }
};

class Places {
 public:
  /// Remembers the calling thread's namespace as the host.
  explicit Places(std::string lab);

  const std::string& lab() const { return lab_; }
  const Fd& home() const { return home_; }
  /// Opens it when it is not; stays valid until forget(), its descriptors at least until the next but one call of at().
  /// Throws SysError, ENOENT when there is no such pin.
  OpenPlace& at(const std::string& name);
  /// What is open already; null when it is not known.
  OpenPlace* find(const std::string& name);
  /// Lets go of every namespace that is not among these; the host stays.
  void keep_only(const std::set<std::string>& names);
  /// Lets go of it when it is another incarnation than the pin is now.
  void expect(const std::string& name, ino_t inode);
  /// Takes over a namespace that was just made, empty but for lo.
  void keep(const std::string& name, Fd netns, Netlink socket);
  /// Lets go of it, so that its last descriptor is not ours.
  void forget(const std::string& name);

 private:
  void open(OpenPlace& place);
  void make_room();

  std::string lab_;
  Fd home_;
  std::map<std::string, OpenPlace> places_;
  std::size_t capacity_;
  std::size_t open_ = 0;
  std::uint64_t clock_ = 0;
};

}  // namespace nsbuild::engine
