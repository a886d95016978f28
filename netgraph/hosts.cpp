// The /etc/hosts of a lab, as one of its namespaces sees it.
#include "netgraph/host_table.hpp"

#include <algorithm>
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
std::vector<Line> extra_lines(const std::vector<HostTable::Extra>& extras, std::string_view place,
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
      for (const HostTable::Extra& extra : extras)
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

/// A hosts file under way, for one asker.
class Writer {
 public:
  Writer(const HostTable::Place* asker, std::vector<Line> extras)
      : answer_(asker), asker_(asker), extras_(std::move(extras)) {
    for (const Line& extra : extras_) said_.insert(extra.name);
    add_line(text_, "127.0.0.1", without({"localhost"}, said_));
    add_line(text_, "::1", without({"localhost", "ip6-localhost", "ip6-loopback"}, said_));
  }

  void add(const HostTable::Place& place) {
    const Words names = without({place.names.begin(), place.names.end()}, said_);
    const auto v4 = answer_.best(place, Family::v4);
    const auto v6 = answer_.best(place, Family::v6);
    if (v4) add_line(text_, v4->text(), names);
    if (v6) add_line(text_, v6->text(), names);
    const bool is_asker = asker_ != nullptr && place.name == asker_->name;
    if (is_asker && !v4 && !v6) add_line(text_, "127.0.0.1", names);  // a lonely namespace still knows itself
  }

  /// Further names stand behind the lab's own, so that an address of the lab is still called by its first name.
  std::string finish() {
    for (const Line& extra : extras_) add_line(text_, extra.address.text(), {extra.name});
    return std::move(text_);
  }

 private:
  Answer answer_;
  const HostTable::Place* asker_;
  std::vector<Line> extras_;
  std::set<std::string_view> said_;
  std::string text_;
};

/// From the first line of one place on, up to the next place; empty when there is none of that name.
std::string_view block_of(std::string_view table, std::string_view place) {
  const std::string head = "place " + std::string(place);
  for (std::size_t at = table.find(head); at != std::string_view::npos; at = table.find(head, at + 1)) {
    const std::size_t behind = at + head.size();
    const bool is_whole = behind == table.size() || table[behind] == ' ' || table[behind] == '\n';
    if (is_whole && (at == 0 || table[at - 1] == '\n')) return table.substr(at, table.find("\nplace ", at) - at);
  }
  return {};
}

/// They are the last lines.
std::vector<HostTable::Extra> extras_of(std::string_view table) {
  const std::size_t begin = table.find("\nname ");
  return begin == std::string_view::npos ? std::vector<HostTable::Extra>()
                                         : parse_host_table(table.substr(begin + 1)).extras;
}

}  // namespace

std::string hosts_file(const HostTable& table, std::string_view place, const std::vector<specs::ExtraHost>& own) {
  Writer writer(find(table, place), extra_lines(table.extras, place, own));
  for (const HostTable::Place& each : table.places) writer.add(each);
  return writer.finish();
}

std::string hosts_file_of(std::string_view table, std::string_view place) {
  const std::vector<HostTable::Extra> extras = extras_of(table);
  const HostTable asker = parse_host_table(block_of(table, place));
  Writer writer(find(asker, place), extra_lines(extras, place, {}));
  read_places(table, [&](const HostTable::Place& each) { writer.add(each); });
  return writer.finish();
}

bool says_hosts(std::string_view table, std::string_view place) {
  const std::vector<HostTable::Extra> extras = extras_of(table);
  return std::any_of(extras.begin(), extras.end(),
                     [&](const HostTable::Extra& extra) { return extra.place.empty() || extra.place == place; });
}

std::string hosts_file(const NetGraph& graph, std::size_t place) {
  return hosts_file(host_table(graph), graph.places[place].name);
}

}  // namespace nsbuild::netgraph
