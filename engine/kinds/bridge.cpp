// A bridge in the lab's switch namespace.
#include "engine/error.hpp"
#include "engine/kinds/link.hpp"
#include "engine/linux/mark.hpp"

#include <linux/if_ether.h>
#include <net/if.h>

namespace nsbuild::engine {

namespace {

using planner::Bridge;
using planner::Veth;
using planner::VethEnd;

void set_mtu(OpenPlace& place, const Bridge& bridge) {
  LinkMessage link;
  link.header.ifi_index = static_cast<int>(place.device(bridge.name));
  link.mtu = bridge.mtu;
  send_link(place, RTM_SETLINK, 0, link);
}

/// A bridge follows the smallest MTU of its ports until its own is changed (BROPT_MTU_SET_BY_USER in net/bridge), and
/// an MTU that it is born with is no change. So it is born with another one than it is to have.
std::optional<std::uint32_t> birth_mtu(const Bridge& bridge) {
  return bridge.mtu ? std::optional(*bridge.mtu == ETH_DATA_LEN ? ETH_DATA_LEN - 1U : ETH_DATA_LEN) : std::nullopt;
}

void raise(OpenPlace& place, const std::string& name) {
  LinkMessage link;
  link.header.ifi_index = static_cast<int>(place.device(name));
  set_up(link, true);
  send_link(place, RTM_SETLINK, 0, link);
}

void raise(Machine& machine, const Bridge& bridge) try {
  raise(machine.places.at(bridge.place), bridge.name);
} catch (const Error& error) {
  throw Error(planner::name(bridge.identity()) + ": " + error.what());
}

void make(Machine& machine, OpenPlace& place, const Bridge& bridge) {
  LinkMessage link;
  link.name = bridge.name;
  link.address = bridge.birth_mac;  // said, it does not follow the ports'
  link.mtu = birth_mtu(bridge);
  link.group = mark_group;
  link.info = LinkInfo{"bridge", {}};
  with_indexes({&place}, [&] {
    const std::uint32_t index = next_index(place);
    link.header.ifi_index = static_cast<int>(index);
    send_link(place, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, link);
    place.devices.add(bridge.name, index);
  });
  if (bridge.mtu) set_mtu(place, bridge);
  if (!bridge.up) return;
  if (machine.coming_ports.count.contains(bridge.identity()))
    machine.coming_ports.down.emplace(bridge.identity(), bridge);
  else
    raise(place, bridge.name);
}

/// The bridges of which a step makes an end of the pair a port.
std::vector<Bridge> joined_bridges(const Change<Veth>& change) {
  std::vector<Bridge> joined;
  for (const auto end : {&Veth::a, &Veth::b}) {
    const VethEnd& after = change.after->*end;
    if (!after.master || after.master->empty()) continue;
    if (change.before != nullptr && (change.before->*end).master == after.master) continue;
    joined.push_back(Bridge{.place = after.place, .name = *after.master});
  }
  return joined;
}

void alter(OpenPlace& place, const Bridge& before, const Bridge& after) {
  LinkMessage link;
  link.header.ifi_index = static_cast<int>(place.device(after.name));
  if (after.mtu && after.mtu != before.mtu) link.mtu = after.mtu;
  if (after.owned != before.owned) link.group = after.owned ? mark_group : 0;
  if (after.up != before.up) set_up(link, after.up);
  send_link(place, RTM_SETLINK, 0, link);
}

}  // namespace

void change(Machine& machine, const Change<Bridge>& change) {
  OpenPlace& place = machine.places.at(change.any().place);
  if (change.after == nullptr) return delete_link(place, change.before->name);
  if (change.before == nullptr) return make(machine, place, *change.after);
  alter(place, *change.before, *change.after);
}

ComingPorts ports_to_come(const planner::Plan& plan) {
  ComingPorts coming;
  for (const planner::Step& step : plan.steps) {
    const auto* veth = step.after ? std::get_if<Veth>(&*step.after) : nullptr;
    if (veth == nullptr) continue;
    for (const Bridge& bridge : joined_bridges({step.before ? std::get_if<Veth>(&*step.before) : nullptr, veth}))
      ++coming.count[bridge.identity()];
  }
  return coming;
}

void ports_have_come(Machine& machine, const Change<Veth>& change) {
  ComingPorts& coming = machine.coming_ports;
  for (const Bridge& bridge : joined_bridges(change)) {
    const planner::Key key = bridge.identity();
    const auto left = coming.count.find(key);
    if (left == coming.count.end() || --left->second > 0) continue;
    coming.count.erase(left);
    if (coming.down.erase(key) > 0) raise(machine, bridge);
  }
}

void raise_bridges(Machine& machine) {
  std::map<planner::Key, Bridge>& down = machine.coming_ports.down;
  while (!down.empty()) raise(machine, down.extract(down.begin()).mapped());
}

void see_bridges(const Sight& sight) {
  for (const LinkMessage& link : sight.place.devices.links()) {
    if (link_kind(link) != Bridge::kind || !link.name) continue;
    const bool marked = is_marked(sight.place, link, sight.machine.lab());
    sight.see(Bridge{.place = sight.place.name,
                     .name = *link.name,
                     .birth_mac = link.address,  // a rollback that has to make it again gives it the same
                     .mtu = link.mtu,
                     .up = (link.header.ifi_flags & IFF_UP) != 0,
                     .owned = marked},
              marked);
  }
}

}  // namespace nsbuild::engine
