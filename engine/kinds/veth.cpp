// A veth pair, made straight into both of its namespaces: moving a device from one to another costs 34 ms.
#include "engine/kinds/link.hpp"
#include "engine/linux/mark.hpp"

#include <unistd.h>

namespace nsbuild::engine {

namespace {

using planner::Veth;
using planner::VethEnd;

void describe(LinkFields& half, const VethEnd& end, const OpenPlace& place) {
  half.name = end.name;
  half.address = end.mac ? end.mac : end.birth_mac;
  half.mtu = end.mtu;
  half.group = mark_group;
  half.tx_queues = half.rx_queues = 1;  // the default is one per CPU, and costs a sixth
  half.netns_fd = place.netns.get();
}

void set_altname(OpenPlace& place, std::uint16_t type, std::uint32_t index, const std::string& altname) {
  LinkMessage link;
  link.header.ifi_index = static_cast<int>(index);
  link.properties = Properties{{altname}};
  send_link(place, type, type == RTM_NEWLINKPROP ? NLM_F_CREATE | NLM_F_EXCL | NLM_F_APPEND : 0, link);
}

/// What a new link cannot be told: a half that is born up fails (ENOTCONN: its other half is not there yet), and an
/// alias is dropped.
void finish(Machine& machine, OpenPlace& place, const VethEnd& end) {
  const std::uint32_t index = place.device(end.name);
  LinkMessage link;
  link.header.ifi_index = static_cast<int>(index);
  if (end.master && !end.master->empty()) link.master = place.device(*end.master);
  if (place.is_host()) link.alias = lab_mark(machine.lab());
  if (end.up) set_up(link, true);
  promote_secondaries(link);
  send_link(place, RTM_SETLINK, 0, link);
  if (end.altname) set_altname(place, RTM_NEWLINKPROP, index, *end.altname);
}

/// The kernel obeys the second half's index only when the first one's is given, too (veth_newlink in
/// drivers/net/veth.c); on the host it chooses, so a host's half comes second.
void create(OpenPlace& first, const VethEnd& one, OpenPlace& second, const VethEnd& other) {
  LinkMessage link;
  Peer peer;
  describe(link, one, first);
  describe(peer, other, second);
  with_indexes({&first, &second}, [&] {
    const std::uint32_t index = next_index(first);
    if (index != 0) first.devices.add(one.name, index);
    const std::uint32_t peer_index = index != 0 ? next_index(second) : 0;
    if (peer_index != 0) second.devices.add(other.name, peer_index);
    link.header.ifi_index = static_cast<int>(index);
    peer.header.ifi_index = static_cast<int>(peer_index);
    link.info = LinkInfo{"veth", VethData{peer}};
    send_link(first, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, link);
  });
}

void make(Machine& machine, const Veth& veth) {
  OpenPlace& a = machine.places.at(veth.a.place);
  OpenPlace& b = machine.places.at(veth.b.place);
  try {
    if (a.is_host())
      create(b, veth.b, a, veth.a);
    else
      create(a, veth.a, b, veth.b);
  } catch (const Refusal&) {
    a.devices.remove(veth.a.name);
    b.devices.remove(veth.b.name);
    throw;
  }
  finish(machine, a, veth.a);
  finish(machine, b, veth.b);
}

/// Only what differs, and of that only what the file says.
void alter(Machine& machine, const VethEnd& before, const VethEnd& after) {
  if (before == after) return;
  OpenPlace& place = machine.places.at(after.place);
  const std::uint32_t index = place.device(after.name);
  LinkMessage link;
  link.header.ifi_index = static_cast<int>(index);
  if (after.mac && after.mac != before.mac) link.address = after.mac;
  if (after.mtu && after.mtu != before.mtu) link.mtu = after.mtu;
  if (after.master && after.master != before.master)
    link.master = after.master->empty() ? 0 : place.device(*after.master);
  if (after.owned != before.owned) link.group = after.owned ? mark_group : 0;
  // One that a killed apply has made is still down, and was told nothing yet (finish()).
  if ((after.owned && !before.owned) || (after.up && !before.up)) promote_secondaries(link);
  if (after.owned != before.owned && place.is_host()) link.alias = after.owned ? lab_mark(machine.lab()) : "";
  if (after.up != before.up) set_up(link, after.up);
  if (link.address || link.mtu || link.master || link.group || after.up != before.up)
    send_link(place, RTM_SETLINK, 0, link);
  if (!after.altname || after.altname == before.altname) return;
  if (before.altname && !before.altname->empty()) set_altname(place, RTM_DELLINKPROP, index, *before.altname);
  if (!after.altname->empty()) set_altname(place, RTM_NEWLINKPROP, index, *after.altname);
}

void make_or_alter(Machine& machine, const Change<Veth>& change) {
  if (change.before == nullptr) return make(machine, *change.after);
  alter(machine, change.before->a, change.after->a);
  alter(machine, change.before->b, change.after->b);
}

/// A way back goes on behind a failure, so a bridge does not wait for what has failed. That is told already.
void come_without(Machine& machine, const Change<Veth>& change) try {
  ports_have_come(machine, change);
} catch (const Error&) {
  return;
}

/// The end whose namespace can be entered, and is the one that it was; both go with it.
void remove(Machine& machine, const Veth& veth) {
  for (const VethEnd* end : {&veth.a, &veth.b}) {
    try {
      OpenPlace& place = machine.places.at(end->place);
      return delete_link(place, end->name);
    } catch (const SysError& error) {
      if (error.code() != ENOENT) throw;
    } catch (const NotTheSame&) {
      continue;
    }
  }
}

void forget(Machine& machine, const VethEnd& end) {
  try {
    OpenPlace& place = machine.places.at(end.place);
    place.devices.remove(end.name);
    machine.originals.forget_device(place.name, place.inode, end.name);
  } catch (const SysError&) {
    return;  // a namespace that is gone has no table either
  } catch (const NotTheSame&) {
    return;  // nor has another one ours
  }
}

}  // namespace

void change(Machine& machine, const Change<Veth>& change) {
  if (change.after == nullptr) {
    remove(machine, *change.before);
    forget(machine, change.before->a);
    forget(machine, change.before->b);
    return;
  }
  try {
    make_or_alter(machine, change);
  } catch (const Error&) {
    come_without(machine, change);
    throw;
  }
  ports_have_come(machine, change);
}

void remove_together(Machine& machine, const std::string& place_name, const std::vector<const Veth*>& veths) {
  OpenPlace& place = machine.places.at(place_name);
  const std::uint32_t doomed = doomed_group + static_cast<std::uint32_t>(::getpid());
  for (const Veth* veth : veths) {
    LinkMessage link;
    link.name = veth->a.place == place_name ? veth->a.name : veth->b.name;
    link.group = doomed;
    send_link(place, RTM_SETLINK, 0, link);
  }
  LinkMessage all;
  all.group = doomed;
  send_link(place, RTM_DELLINK, 0, all);
  for (const Veth* veth : veths) {
    forget(machine, veth->a);
    forget(machine, veth->b);
  }
}

}  // namespace nsbuild::engine
