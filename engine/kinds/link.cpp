#include "engine/kinds/link.hpp"

#include "engine/linux/mark.hpp"

#include <net/if.h>

namespace nsbuild::engine {

void send_link(OpenPlace& place, std::uint16_t type, std::uint16_t flags, const LinkMessage& link) {
  Message message(type, flags);
  put_all(message, link);
  place.socket->request(message);
}

void set_up(LinkMessage& link, bool up) {
  link.header.ifi_change |= IFF_UP;
  if (up) link.header.ifi_flags |= IFF_UP;
}

void promote_secondaries(LinkMessage& link) { link.af_spec = AfSpec{InetSpec{InetConf{1}}}; }

std::uint32_t next_index(OpenPlace& place) {
  if (place.is_host()) return 0;
  if (!place.devices.known()) place.devices.load(*place.socket);
  return place.devices.lowest_free();
}

void with_indexes(const std::vector<OpenPlace*>& places, const std::function<void()>& make) {
  try {
    make();
  } catch (const Refusal& refusal) {
    if (refusal.code() != EBUSY && refusal.code() != EEXIST) throw;  // of a second half, of a first one
    for (OpenPlace* place : places) place->devices.load(*place->socket);
    make();
  }
}

void delete_link(OpenPlace& place, const std::string& name) {
  LinkMessage link;
  link.name = name;
  try {
    send_link(place, RTM_DELLINK, 0, link);
  } catch (const Refusal& refusal) {
    if (refusal.code() != ENODEV) throw;
  }
  place.devices.remove(name);
}

bool is_marked(const OpenPlace& place, const LinkMessage& link, const std::string& lab) {
  if (link.name == "lo") return link.alias == lab_mark(lab);
  if (place.is_host()) return is_mark_group(link.group.value_or(0)) && link.alias == lab_mark(lab);
  return link.group == mark_group;
}

std::string link_kind(const LinkMessage& link) { return link.info ? link.info->kind.value_or("") : ""; }

void Sight::see(planner::Resource resource, bool marked) const {
  planner::Key key = planner::key(resource);
  if (marked || wish.contains(key)) state.insert_or_assign(std::move(key), std::move(resource));
}

}  // namespace nsbuild::engine
