#include "engine/linux/devices.hpp"

namespace nsbuild::engine {

namespace {

constexpr std::uint32_t loopback_index = 1;  // LOOPBACK_IFINDEX, include/net/flow.h: the same in every namespace

}  // namespace

void Devices::begin() {
  links_.clear();
  by_name_ = {{"lo", loopback_index}};
  by_index_ = {{loopback_index, "lo"}};
  known_ = true;
}

void Devices::load(Netlink& socket) {
  Message request(RTM_GETLINK, 0);
  LinkMessage filter;
  filter.ext_mask = RTEXT_FILTER_SKIP_STATS;
  put_all(request, filter);
  take(socket.dump<LinkMessage>(request));
}

void Devices::take(std::vector<LinkMessage> links) {
  links_ = std::move(links);
  by_name_.clear();
  by_index_.clear();
  for (const LinkMessage& link : links_)
    if (link.name) add(*link.name, static_cast<std::uint32_t>(link.header.ifi_index));
  known_ = true;
}

void Devices::load_loopback(Netlink& socket) {
  Message request(RTM_GETLINK, 0);
  LinkMessage filter;
  filter.header.ifi_index = static_cast<int>(loopback_index);
  filter.ext_mask = RTEXT_FILTER_SKIP_STATS;
  put_all(request, filter);
  links_ = {socket.get<LinkMessage>(request)};
  by_name_.clear();
  by_index_.clear();
  known_ = false;
}

std::optional<std::uint32_t> Devices::find(Netlink& socket, const std::string& name) {
  Message request(RTM_GETLINK, 0);
  LinkMessage filter;
  filter.name = name;
  filter.ext_mask = RTEXT_FILTER_SKIP_STATS;
  put_all(request, filter);
  try {
    const auto link = socket.get<LinkMessage>(request);
    add(name, static_cast<std::uint32_t>(link.header.ifi_index));
  } catch (const Refusal& refusal) {
    if (refusal.code() != ENODEV) throw;
    remove(name);
  }
  return index(name);
}

std::optional<std::uint32_t> Devices::index(const std::string& name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? std::nullopt : std::optional(found->second);
}

std::string Devices::name(std::uint32_t index) const {
  if (index == 0) return {};
  const auto found = by_index_.find(index);
  return found == by_index_.end() ? "if" + std::to_string(index) : found->second;
}

std::uint32_t Devices::lowest_free() const {
  std::uint32_t index = loopback_index + 1;
  for (auto at = by_index_.lower_bound(index); at != by_index_.end() && at->first == index; ++at) ++index;
  return index;
}

void Devices::add(const std::string& name, std::uint32_t index) {
  by_name_[name] = index;
  by_index_[index] = name;
}

void Devices::remove(const std::string& name) {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return;
  by_index_.erase(found->second);
  by_name_.erase(found);
}

}  // namespace nsbuild::engine
