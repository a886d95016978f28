// The picture that `status` prints: a lab's observed state, by namespace and interface.
#include "engine/lab.hpp"
#include "engine/timings.hpp"

#include <algorithm>
#include <map>

#include <time.h>

namespace nsbuild::engine {

namespace {

using planner::VethEnd;

/// Interfaces by namespace and name; `lo` first.
class Picture {
 public:
  void add(const planner::Namespace& place) {
    InterfaceStatus& lo = at(place.name, "lo");
    lo.kind = "loopback";
    lo.up = place.lo_up;
  }

  void add(const planner::Bridge& bridge) {
    InterfaceStatus& shown = at(bridge.place, bridge.name);
    shown.kind = planner::Bridge::kind;
    shown.up = bridge.up;
    shown.mtu = bridge.mtu;
  }

  void add(const planner::Veth& veth) {
    add_end(veth.a, veth.b);
    add_end(veth.b, veth.a);
  }

  void add(const planner::Address& address) { at(address.place, address.dev).addresses.push_back(address.prefix); }

  template <class Other>
  void add(const Other&) {}

  std::vector<NamespaceStatus> namespaces() {
    std::vector<NamespaceStatus> all;
    for (auto& [name, interfaces] : places_) {
      NamespaceStatus one{name, {}};
      for (auto& [interface, shown] : interfaces) one.interfaces.push_back(std::move(shown));
      std::stable_partition(one.interfaces.begin(), one.interfaces.end(),
                            [](const InterfaceStatus& shown) { return shown.name == "lo"; });
      all.push_back(std::move(one));
    }
    return all;
  }

 private:
  InterfaceStatus& at(const std::string& place, const std::string& name) {
    InterfaceStatus& shown = places_[place][name];
    shown.name = name;
    return shown;
  }

  void add_end(const VethEnd& end, const VethEnd& other) {
    if (end.place == "?") return;
    InterfaceStatus& shown = at(end.place, end.name);
    shown.kind = planner::Veth::kind;
    shown.up = end.up;
    shown.mtu = end.mtu;
    shown.mac = end.mac;
    shown.master = end.master.value_or("");
    shown.peer = other.place + ":" + other.name;
  }

  std::map<std::string, std::map<std::string, InterfaceStatus>> places_;
};

ServiceStatus status_of(RunningService service) {
  ServiceStatus shown{std::move(service), {}};
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  const std::int64_t nanoseconds = now.tv_sec * 1'000'000'000 + now.tv_nsec;
  if (shown.service.pid != 0) shown.uptime = std::chrono::nanoseconds(nanoseconds - shown.service.started_at);
  return shown;
}

LabStatus status_of(const std::string& lab) {
  LabStatus shown{.lab = lab, .topology = topology_of(lab), .namespaces = {}, .services = {}};
  Picture picture;
  for (const auto& [key, resource] : observe_lab(lab, {}))
    std::visit([&](const auto& one) { picture.add(one); }, resource);
  shown.namespaces = picture.namespaces();
  for (RunningService& service : find_services(lab)) shown.services.push_back(status_of(std::move(service)));
  return shown;
}

}  // namespace

std::vector<LabStatus> status(const std::string& lab) {
  const Timed phase(Phase::observe);
  std::vector<LabStatus> all;
  for (const std::string& one : lab.empty() ? labs() : std::vector{lab}) all.push_back(status_of(one));
  return all;
}

}  // namespace nsbuild::engine
