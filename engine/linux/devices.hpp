// The devices of one namespace by name and index, and which index the next one gets.
#pragma once
#include "engine/linux/netlink.hpp"
#include "engine/linux/rtnetlink.hpp"

#include <map>

namespace nsbuild::engine {

class Devices {
 public:
  /// A namespace that was just made: nothing but lo. (Fallback tunnels may be there, too: then an index that we choose
  /// is refused with EBUSY, or with EEXIST, and load() tells.)
  void begin();
  /// What the kernel says.
  void load(Netlink& socket);
  /// The same, when it has been read.
  void take(std::vector<LinkMessage> links);
  /// Only of `lo`: the rest stays unknown.
  void load_loopback(Netlink& socket);
  bool known() const { return known_; }
  /// Asks for one device by name; none when there is no such device.
  std::optional<std::uint32_t> find(Netlink& socket, const std::string& name);

  /// As of the last load(); what add() and remove() did since is not in it.
  const std::vector<LinkMessage>& links() const { return links_; }
  std::optional<std::uint32_t> index(const std::string& name) const;
  /// "" for 0, "if7" for an index that is nobody's.
  std::string name(std::uint32_t index) const;
  std::uint32_t lowest_free() const;
  void add(const std::string& name, std::uint32_t index);
  void remove(const std::string& name);

 private:
  bool known_ = false;
  std::vector<LinkMessage> links_;
  std::map<std::string, std::uint32_t> by_name_;
  std::map<std::uint32_t, std::string> by_index_;
};

}  // namespace nsbuild::engine
