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

  void add(std::string_view lines) { text_ += lines; }
  std::size_t size() const { return text_.size(); }
  const std::set<std::string_view>& said() const { return said_; }

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

HostsFiles::HostsFiles(const HostTable& table) : table_(table) {
  Writer far(nullptr, {});
  far_begin_ = far.size();
  for (std::size_t i = 0; i < table.places.size(); ++i) {
    const HostTable::Place& place = table.places[i];
    far.add(place);
    far_ends_.push_back(far.size());
    places_.emplace(place.name, i);
    for (const std::string& name : place.names) called_[name].push_back(i);
    for (const HostTable::Interface& interface : place.interfaces)
      if (interface.segment != "lo") on_segment_[interface.segment].push_back(i);
  }
  far_ = far.finish();
}

std::set<std::size_t> HostsFiles::near(std::optional<std::size_t> asker, const std::set<std::string_view>& said) const {
  std::set<std::size_t> near;
  const auto add = [&](const Index& index, std::string_view what) {
    if (const auto found = index.find(what); found != index.end())
      near.insert(found->second.begin(), found->second.end());
  };
  for (const std::string_view name : said) add(called_, name);
  if (!asker) return near;
  near.insert(*asker);
  for (const HostTable::Interface& interface : table_.places[*asker].interfaces) add(on_segment_, interface.segment);
  return near;
}

std::string HostsFiles::of(std::string_view place, const std::vector<specs::ExtraHost>& own) const {
  const auto found = places_.find(place);
  const auto asker = found == places_.end() ? std::nullopt : std::optional(found->second);
  Writer writer(asker ? &table_.places[*asker] : nullptr, extra_lines(table_.extras, place, own));
  std::size_t done = far_begin_;
  const auto add_until = [&](std::size_t end) { writer.add(std::string_view(far_).substr(done, end - done)); };
  for (const std::size_t i : near(asker, writer.said())) {
    add_until(i == 0 ? far_begin_ : far_ends_[i - 1]);
    writer.add(table_.places[i]);
    done = far_ends_[i];
  }
  add_until(far_.size());
  return writer.finish();
}

std::string hosts_file_of(std::string_view table, std::string_view place) {
  const std::vector<HostTable::Extra> extras = extras_of(table);
  const HostTable asker = parse_host_table(block_of(table, place));
  const bool is_known = !asker.places.empty() && asker.places.front().name == place;
  Writer writer(is_known ? &asker.places.front() : nullptr, extra_lines(extras, place, {}));
  read_places(table, [&](const HostTable::Place& each) { writer.add(each); });
  return writer.finish();
}

bool says_hosts(std::string_view table, std::string_view place) {
  const std::vector<HostTable::Extra> extras = extras_of(table);
  return std::any_of(extras.begin(), extras.end(),
                     [&](const HostTable::Extra& extra) { return extra.place.empty() || extra.place == place; });
}

std::string hosts_file(const NetGraph& graph, std::size_t place) {
  const HostTable table = host_table(graph);
  return HostsFiles(table).of(graph.places[place].name);
}

}  // namespace nsbuild::netgraph
