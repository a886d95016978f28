#include "planner/kinds/veth.hpp"

#include "planner/script.hpp"
#include "planner/state.hpp"
#include "planner/words.hpp"

#include <algorithm>

namespace nsbuild::planner {
namespace {

std::string called(const VethEnd& end) { return end.place + ":" + end.name; }

VethEnd desired_end(const netgraph::NetGraph& graph, std::size_t index) {
  const netgraph::Interface& interface = graph.interfaces.at(index);
  VethEnd end{.place = graph.places.at(interface.place).name, .name = interface.name};
  end.mac = interface.mac;
  if (!interface.mac) end.birth_mac = interface.derived_mac;
  end.mtu = interface.mtu;
  if (interface.network) end.master = graph.networks.at(*interface.network).name;
  if (!interface.altname.empty()) end.altname = interface.altname;
  end.up = interface.up;
  return end;
}

/// What both halves of `ip link add` say of an end. One queue each, as nsbuild makes them; the default is one per CPU.
std::string born(const VethEnd& end) {
  std::string text = "name " + quoted(end.name) + " numtxqueues 1 numrxqueues 1";
  if (const auto& mac = end.mac ? end.mac : end.birth_mac) text += " address " + mac->text();
  if (end.mtu) text += " mtu " + std::to_string(*end.mtu);
  return text;
}

void add_pair(Script& script, const Veth& veth) {
  // ip(8) cannot name the host's namespace, so an end there is the half that the command runs in.
  const bool b_first = veth.b.place == netgraph::host_place;
  const VethEnd& main = b_first ? veth.b : veth.a;
  const VethEnd& peer = b_first ? veth.a : veth.b;
  std::string line = script.ip(main.place) + " link add " + born(main) + " type veth peer " + born(peer);
  if (peer.place != main.place) line += " netns " + script.netns(peer.place);
  script.line(line);
}

/// What differs of an end; of a new pair (`before` null) what its making did not say.
void set_end(Script& script, const VethEnd* before, const VethEnd& after) {
  const std::string ip = script.ip(after.place), dev = " dev " + quoted(after.name);
  if (before != nullptr && after.mac && before->mac != after.mac)
    script.line(ip + " link set" + dev + " address " + after.mac->text());
  if (before != nullptr && after.mtu && before->mtu != after.mtu)
    script.line(ip + " link set" + dev + " mtu " + std::to_string(*after.mtu));
  // Else the kernel takes an address's secondaries along (ip-sysctl.rst).
  if (before == nullptr) script.write_sysctl(after.place, "net/ipv4/conf/" + after.name + "/promote_secondaries", "1");
  const std::string old_altname = before != nullptr ? before->altname.value_or("") : "";
  if (after.altname && *after.altname != old_altname) {
    if (!old_altname.empty()) script.line(ip + " link property delete" + dev + " altname " + quoted(old_altname));
    if (!after.altname->empty()) script.line(ip + " link property add" + dev + " altname " + quoted(*after.altname));
  }
  const std::string old_master = before != nullptr ? before->master.value_or("") : "";
  if (after.master && *after.master != old_master)
    script.line(ip + " link set" + dev + (after.master->empty() ? " nomaster" : " master " + quoted(*after.master)));
  if (before == nullptr ? after.up : before->up != after.up)
    script.line(ip + " link set" + dev + (after.up ? " up" : " down"));
}

}  // namespace

Key Veth::identity() const {
  const auto [first, second] = std::minmax(
      a, b, [](const VethEnd& x, const VethEnd& y) { return std::tie(x.place, x.name) < std::tie(y.place, y.name); });
  return key_of<Veth>(first.place, called(first) + " -- " + called(second));
}

std::vector<Key> Veth::needs() const {
  std::vector<Key> all = owners();
  for (const VethEnd* end : {&a, &b})
    if (end->master && !end->master->empty()) all.push_back(interface_key(end->place, *end->master));
  return all;
}

std::vector<Key> Veth::owners() const { return {key_of<Namespace>("", a.place), key_of<Namespace>("", b.place)}; }
std::vector<std::string> Veth::claims() const { return {called(a), called(b)}; }
Phase Veth::phase() const { return Phase::devices; }

std::vector<Veth> Veth::desire(const netgraph::NetGraph& graph) {
  std::vector<Veth> all;
  for (const netgraph::Link& link : graph.links)
    all.push_back({.a = desired_end(graph, link.a), .b = desired_end(graph, link.b)});
  return all;
}

void Veth::shell(Script& script, const Veth* before, const Veth* after) {
  if (after == nullptr) return script.line(script.ip(before->a.place) + " link delete dev " + quoted(before->a.name));
  if (before == nullptr) add_pair(script, *after);
  set_end(script, before != nullptr ? &before->a : nullptr, after->a);
  set_end(script, before != nullptr ? &before->b : nullptr, after->b);
}

}  // namespace nsbuild::planner
