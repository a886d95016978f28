#include "engine/linux/places.hpp"

#include "engine/linux/netns.hpp"

#include <algorithm>

#include <sys/resource.h>

namespace nsbuild::engine {

namespace {

/// How many places fit into the descriptor limit at two each, with room for everything else. The limit itself is not
/// raised: services would inherit it, and programs that use select(2) break above 1024.
std::size_t room_for_places() {
  constexpr rlim_t others = 128, per_place = 2, most = 4096;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur <= others + 4 * per_place) return 4;
  return static_cast<std::size_t>(std::min((limit.rlim_cur - others) / per_place, most));
}

}  // namespace

std::uint32_t OpenPlace::device(const std::string& device_name) {
  if (const auto index = devices.index(device_name)) return *index;
  if (const auto index = devices.find(*socket, device_name)) return *index;
  throw Error("there is no device " + device_name + " in " + name);
}

Places::Places(std::string lab)
    : lab_(std::move(lab)), home_(open_place(Place{lab_, "host"})), capacity_(room_for_places()) {}

OpenPlace& Places::at(const std::string& name) {
  OpenPlace& place = places_[name];
  place.name = name;
  place.used = ++clock_;
  if (!place.socket) {
    try {
      open(place);
    } catch (...) {
      places_.erase(name);
      throw;
    }
  }
  return place;
}

void Places::open(OpenPlace& place) {
  make_room();
  place.netns = open_place(Place{lab_, place.name});
  place.inode = netns_inode(place.netns);
  if (place.inode == 0) throw Error(pin_path(Place{lab_, place.name}) + " is not a network namespace");
  const Inside inside(place.netns, home_);
  place.socket.emplace();
  ++open_;
}

void Places::keep(const std::string& name, Fd netns, Netlink socket) {
  make_room();
  OpenPlace& place = places_[name];
  place.name = name;
  place.used = ++clock_;
  place.inode = netns_inode(netns);
  place.netns = std::move(netns);
  place.socket.emplace(std::move(socket));
  place.devices.begin();
  ++open_;
}

void Places::forget(const std::string& name) {
  const auto found = places_.find(name);
  if (found == places_.end()) return;
  if (found->second.socket) --open_;
  places_.erase(found);
}

OpenPlace* Places::find(const std::string& name) {
  const auto found = places_.find(name);
  return found == places_.end() ? nullptr : &found->second;
}

void Places::keep_only(const std::set<std::string>& names) {
  std::erase_if(places_, [&](const auto& entry) {
    const bool gone = !entry.second.is_host() && !names.contains(entry.first);
    if (gone && entry.second.socket) --open_;
    return gone;
  });
}

void Places::expect(const std::string& name, ino_t inode) {
  if (const OpenPlace* place = find(name); place != nullptr && place->inode != inode) forget(name);
}

/// Closes what was not used for longest; a device table stays.
void Places::make_room() {
  while (open_ >= capacity_) {
    OpenPlace* oldest = nullptr;
    for (auto& [name, place] : places_)
      if (place.socket && (oldest == nullptr || place.used < oldest->used)) oldest = &place;
    oldest->socket.reset();
    oldest->netns.reset();
    --open_;
  }
}

}  // namespace nsbuild::engine
