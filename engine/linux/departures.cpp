#include "engine/linux/departures.hpp"

#include <iterator>
#include <utility>

namespace nsbuild::engine {

Departure::Departure(Fd netns, Netlink socket) : socket_(std::move(socket)) {
  const Fd last = std::move(netns);
  ::fstat(last.get(), &file_);
}

std::optional<bool> Departure::is_open_elsewhere() const {
  const Fd anew = socket_.open_namespace();
  struct stat now {};
  if (!anew || ::fstat(anew.get(), &now) != 0) return std::nullopt;
  return now.st_ctim.tv_sec == file_.st_ctim.tv_sec && now.st_ctim.tv_nsec == file_.st_ctim.tv_nsec;
}

/// So many descriptors at most are kept for those that stay.
void Departures::let_go() {
  constexpr std::size_t kept_most = 8;
  for (Departure& one : leaving_) {
    const std::optional<bool> is_open = watches_ ? one.is_open_elsewhere() : false;
    if (is_open == true && open_.size() < kept_most)
      open_.push_back(std::move(one));
    else if (is_open != false)
      lose_sight();
  }
  leaving_.clear();
}

std::set<ino_t> Departures::still_open() {
  let_go();
  std::erase_if(open_, [](const Departure& one) { return one.is_open_elsewhere() == false; });
  std::set<ino_t> inodes;
  for (const Departure& one : open_) inodes.insert(one.inode());
  return inodes;
}

}  // namespace nsbuild::engine
