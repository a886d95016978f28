// The /etc/hosts of a lab, as one of its namespaces sees it.
#include "netgraph/host_table.hpp"

#include <map>
#include <optional>
#include <set>

namespace nsbuild::netgraph {
namespace {

/// The addresses of places that a given asker can use.
class Answer {
 public:
  explicit Answer(const HostTable::Place* asker) {
    if (asker == nullptr) return;
    for (const HostTable::Interface& interface : asker->interfaces)
      if (interface.segment != "lo") shared_.insert(interface.segment);
  }

  std::optional<IpAddress> best(const HostTable::Place& place, Family family) const {
    std::optional<IpAddress> best;
    int best_rank = rank_count;
    for (const HostTable::Interface& interface : place.interfaces) {
      if (rank(interface) >= best_rank) continue;
      for (const IpAddress& candidate : interface.addresses) {
        if (candidate.family != family) continue;
        best = candidate;
        best_rank = rank(interface);
        break;
      }
    }
    return best;
  }

 private:
  static constexpr int rank_count = 3;
  int rank(const HostTable::Interface& interface) const {
    if (shared_.contains(interface.segment)) return 0;
    return interface.segment == "lo" ? 1 : 2;
  }

  std::set<std::string_view> shared_;
};

struct Line {
  std::string_view name;
  IpAddress address;
};

/// The further names that hold for an asker: of equal ones those that were said nearest to it.
std::vector<Line> extra_lines(const HostTable& table, std::string_view place,
                              const std::vector<specs::ExtraHost>& own) {
  std::vector<Line> lines;
  std::set<std::string_view> nearer;
  const auto add_layer = [&](const auto& add) {
    const std::size_t before = lines.size();
    add();
    for (std::size_t i = before; i < lines.size(); ++i) nearer.insert(lines[i].name);
  };
  const auto add = [&](std::string_view name, const IpAddress& address) {
    if (!nearer.contains(name)) lines.push_back({name, address});
  };
  add_layer([&] {
    for (const specs::ExtraHost& extra : own) add(extra.name.value, extra.address);
  });
  for (const std::string_view whose : {place, std::string_view()}) {
    add_layer([&] {
      for (const HostTable::Extra& extra : table.extras)
        if (extra.place == whose) add(extra.name, extra.address);
    });
  }
  return lines;
}

using Words = std::vector<std::string_view>;

/// Those of `names` that the file does not say itself.
Words without(const Words& names, const std::set<std::string_view>& said) {
  Words left;
  for (const std::string_view name : names)
    if (!said.contains(name)) left.push_back(name);
  return left;
}

void add_line(std::string& text, const std::string& address, const Words& names) {
  if (names.empty()) return;
  text += address;
  for (const std::string_view& name : names) (text += &name == names.data() ? '\t' : ' ') += name;
  text += '\n';
}

const HostTable::Place* find(const HostTable& table, std::string_view name) {
  for (const HostTable::Place& place : table.places)
    if (place.name == name) return &place;
  return nullptr;
}

}  // namespace

std::string hosts_file(const HostTable& table, std::string_view place, const std::vector<specs::ExtraHost>& own) {
  const std::vector<Line> extras = extra_lines(table, place, own);
  std::set<std::string_view> said;
  for (const Line& extra : extras) said.insert(extra.name);
  const HostTable::Place* asker = find(table, place);
  const Answer answer(asker);
  std::string text;
  add_line(text, "127.0.0.1", without({"localhost"}, said));
  add_line(text, "::1", without({"localhost", "ip6-localhost", "ip6-loopback"}, said));
  for (const HostTable::Place& each : table.places) {
    const Words names = without({each.names.begin(), each.names.end()}, said);
    const auto v4 = answer.best(each, Family::v4);
    const auto v6 = answer.best(each, Family::v6);
    if (v4) add_line(text, v4->text(), names);
    if (v6) add_line(text, v6->text(), names);
    if (&each == asker && !v4 && !v6) add_line(text, "127.0.0.1", names);  // a lonely namespace still knows itself
  }
  // Behind the lab's own, so that an address of the lab is still called by its first name.
  for (const Line& extra : extras) add_line(text, extra.address.text(), {extra.name});
  return text;
}

std::string hosts_file(const NetGraph& graph, std::size_t place) {
  return hosts_file(host_table(graph), graph.places[place].name);
}

}  // namespace nsbuild::netgraph
