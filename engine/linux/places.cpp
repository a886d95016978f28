#include "engine/linux/places.hpp"

#include "engine/descriptors.hpp"
#include "engine/linux/netns.hpp"
#include "engine/linux/parallel.hpp"

#include <algorithm>
#include <atomic>

#include <fcntl.h>

namespace nsbuild::engine {

void OpenPlace::open(Fd descriptor, ino_t now, const Fd& home) {
  const Inside inside(descriptor, name, home);
  socket.emplace();
  netns = std::move(descriptor);
  inode = now;
}

void OpenPlace::close() {
  socket.reset();
  netns.reset();
}

std::uint32_t OpenPlace::device(const std::string& device_name) {
  if (const auto index = devices.index(device_name)) return *index;
  if (const auto index = devices.find(*socket, device_name)) return *index;
  throw Error("there is no device " + device_name + " in " + name);
}

Places::Places(std::string lab)
    : lab_(std::move(lab)), home_(open_place(Place{lab_, "host"})), capacity_(descriptor_budget().places) {}

OpenPlace& Places::entry(const std::string& name) {
  OpenPlace& place = places_[name];
  place.name = name;
  place.used = ++clock_;
  return place;
}

OpenPlace& Places::at(const std::string& name) {
  OpenPlace& place = entry(name);
  if (place.socket) return place;
  try {
    make_room();
    Fd descriptor = open_place(Place{lab_, name});
    const ino_t inode = netns_inode(descriptor);
    if (inode == 0) throw Error(pin_path(Place{lab_, name}) + " is not a network namespace");
    if (place.inode != 0 && place.inode != inode)
      throw NotTheSame(pin_path(Place{lab_, name}) + " is not the namespace any more that it was");
    place.open(std::move(descriptor), inode, home_);
    ++open_;
  } catch (...) {
    if (place.inode == 0) places_.erase(name);  // else it is still known which one it was
    throw;
  }
  return place;
}

void Places::each(const std::vector<std::string>& names, const std::function<void(OpenPlace&, unsigned)>& visit) {
  std::vector<OpenPlace*> all;
  all.reserve(names.size());
  for (const std::string& name : names) all.push_back(&entry(name));
  if (all.size() >= worth_a_thread) expect(all.size());
  std::atomic<std::size_t> open = open_;
  in_parallel(all.size(), [&](std::size_t index, unsigned worker) {
    OpenPlace& place = *all[index];
    const bool was_open = place.socket.has_value();
    visit(place, worker);
    if (was_open || !place.socket || ++open <= capacity_) return;
    place.close();
    --open;
  });
  open_ = static_cast<std::size_t>(
      std::count_if(places_.begin(), places_.end(), [](const auto& entry) { return entry.second.socket.has_value(); }));
}

/// A table that two threads share doubles only after an RCU grace period, several milliseconds each time
/// (expand_fdtable() in fs/file.c).
void Places::expect(std::size_t count) const {
  constexpr std::size_t others = 128, per_place = 2;
  const Fd last(::fcntl(home_.get(), F_DUPFD_CLOEXEC, std::min(count, capacity_) * per_place + others - 1));
}

void Places::keep(const std::string& name, Fd netns, Netlink socket) {
  make_room();
  OpenPlace& place = entry(name);
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

void Places::retire(const std::string& name) {
  OpenPlace* place = find(name);
  if (place != nullptr && place->socket)
    departures_.add({std::move(place->netns), *std::move(place->socket)});
  else
    departures_.lose_sight();
  forget(name);
}

void Places::look(const std::function<void(const OpenPlace&)>& at) const {
  for (const auto& [name, place] : places_) at(place);
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

void Places::make_way_for_services() {
  capacity_ = std::min(capacity_, descriptor_budget().places_beside_services);
  departures_.let_go();
  close_down_to(capacity_);
}

void Places::make_room() {
  if (open_ + departures_.size() >= capacity_) departures_.let_go();
  close_down_to(capacity_ - 1);
}

/// What was not used for longest; a device table stays.
void Places::close_down_to(std::size_t count) {
  while (open_ > count) {
    OpenPlace* oldest = nullptr;
    for (auto& [name, place] : places_)
      if (place.socket && (oldest == nullptr || place.used < oldest->used)) oldest = &place;
    if (oldest == nullptr) return;
    oldest->close();
    --open_;
  }
}

}  // namespace nsbuild::engine
