// The namespaces of one lab that are open at the moment: descriptor, socket and device table of each, opened once.
#pragma once
#include "engine/error.hpp"
#include "engine/fd.hpp"
#include "engine/linux/departures.hpp"
#include "engine/linux/devices.hpp"
#include "engine/place.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <sys/types.h>

namespace nsbuild::engine {

struct OpenPlace {
  std::string name;
  Fd netns;
  std::optional<Netlink> socket;
  Devices devices;
  ino_t inode = 0;  // of nsfs: which incarnation this is
  std::uint64_t used = 0;

  /// Its socket is opened in it. `now` is netns_inode() of the descriptor. Throws SysError.
  void open(Fd descriptor, ino_t now, const Fd& home);
  /// The device table stays.
  void close();
  /// The device's index, looked up again once when it is not known. Throws Error when there is none.
  std::uint32_t device(const std::string& device_name);
  bool is_host() const { return Place{{}, name}.is_host(); }
};

/// At a pin is another namespace than was known.
class NotTheSame : public Error {
 public:
  using Error::Error;
};

class Places {
 public:
  /// Remembers the calling thread's namespace as the host.
  explicit Places(std::string lab);

  const std::string& lab() const { return lab_; }
  const Fd& home() const { return home_; }
  /// Opens it when it is not; stays valid until forget(), its descriptors at least until the next but one call of at().
  /// Throws SysError, ENOENT when there is no such pin, and NotTheSame, until it is forgotten.
  OpenPlace& at(const std::string& name);
  /// Runs `visit` for each of these, known or not, open or not, in several threads: it may open the place, and only
  /// this one. What does not fit is closed again.
  void each(const std::vector<std::string>& names, const std::function<void(OpenPlace&, unsigned worker)>& visit);
  /// Makes room for the descriptors of so many while one thread alone uses the table of descriptors. What does not come
  /// of it comes later, and slower.
  void expect(std::size_t count) const;
  /// Those that are known already.
  void look(const std::function<void(const OpenPlace&)>& at) const;
  /// What is known already; null when it is not known.
  OpenPlace* find(const std::string& name);
  /// Lets go of every namespace that is not among these; the host stays.
  void keep_only(const std::set<std::string>& names);
  /// Takes over a namespace that was just made, empty but for lo.
  void keep(const std::string& name, Fd netns, Netlink socket);
  /// Lets go of it, so that its last descriptor is not ours.
  void forget(const std::string& name);
  /// The same of one whose pin is gone; it stays among the departures until these are let go.
  void retire(const std::string& name);
  Departures& departures() { return departures_; }
  /// From now on fewer are open at once: the descriptors are for services.
  void make_way_for_services();

 private:
  OpenPlace& entry(const std::string& name);
  void make_room();
  void close_down_to(std::size_t count);

  std::string lab_;
  Fd home_;
  std::map<std::string, OpenPlace> places_;
  Departures departures_;
  std::size_t capacity_;
  std::size_t open_ = 0;
  std::uint64_t clock_ = 0;
};

}  // namespace nsbuild::engine
