#include "netgraph/host_table.hpp"

#include "netgraph/segments.hpp"

#include <set>

namespace nsbuild::netgraph {
namespace {

/// What each place is called, each name as far as nobody before has it.
std::vector<std::vector<std::string>> names_by_place(const NetGraph& graph) {
  std::vector<std::vector<std::string>> names(graph.places.size());
  std::set<std::string, std::less<>> taken{"localhost"};
  for (const Called& called : all_called(graph))
    if (taken.insert(called.name).second)
      for (const std::string& name : {called.name, called.name + '.' + graph.lab})
        if (name == called.name || taken.insert(name).second) names[called.place].push_back(name);
  return names;
}

std::vector<HostTable::Interface> interfaces_of(const NetGraph& graph, const Place& place,
                                                const std::vector<std::size_t>& segments) {
  std::vector<HostTable::Interface> all;
  for (const std::size_t i : place.interfaces) {
    const Interface& interface = graph.interfaces[i];
    if (!interface.up) continue;
    HostTable::Interface made{interface.name == "lo" ? "lo" : std::to_string(segments[i]), {}};
    // A link-local IPv6 address means nothing without its interface, and /etc/hosts cannot say that.
    for (const Address& address : interface.addresses)
      if (const IpAddress& ip = address.prefix.address; ip.family == Family::v4 || !ip.is_link_local())
        made.addresses.push_back(ip);
    all.push_back(std::move(made));
  }
  return all;
}

using Words = std::vector<std::string_view>;

template <class Use>
void for_each_line(std::string_view text, Use use) {
  Words words;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    words.clear();
    while (!line.empty()) {
      const std::size_t end = std::min(line.find(' '), line.size());
      if (end > 0) words.push_back(line.substr(0, end));
      line.remove_prefix(std::min(end + 1, line.size()));
    }
    use(words);
  }
}

void parse_line(const Words& words, HostTable& table) {
  if (words.size() < 2) return;
  const auto more = words.begin() + 2;
  if (words[0] == "place") {
    table.places.push_back({std::string(words[1]), {more, words.end()}, {}});
  } else if (words[0] == "interface" && !table.places.empty()) {
    HostTable::Interface& made = table.places.back().interfaces.emplace_back();
    made.segment = words[1];
    for (auto word = more; word != words.end(); ++word)
      if (const auto address = IpAddress::parse(*word)) made.addresses.push_back(*address);
  } else if (words[0] == "name" && words.size() > 2) {
    if (const auto address = IpAddress::parse(words[2]))
      table.extras.push_back({words.size() > 3 ? std::string(words[3]) : "", std::string(words[1]), *address});
  }
}

}  // namespace

std::vector<Called> all_called(const NetGraph& graph) {
  std::vector<Called> all;
  for (std::size_t i = 0; i < graph.places.size(); ++i)
    if (graph.places[i].name != switch_place) all.push_back({graph.places[i].name, i, nullptr, graph.places[i].at});
  for (const Service& service : graph.services)
    all.push_back({service.name, service.place, &service, service.spec.name.at});
  for (const Service& service : graph.services)
    if (service.spec.hostname) all.push_back({service.hostname, service.place, &service, service.spec.hostname->at});
  return all;
}

HostTable host_table(const NetGraph& graph) {
  const std::vector<std::size_t> segment = segments(graph);
  std::vector<std::vector<std::string>> names = names_by_place(graph);
  HostTable table;
  for (std::size_t i = 0; i < graph.places.size(); ++i) {
    const Place& place = graph.places[i];
    if (place.name == switch_place) continue;
    table.places.push_back({place.name, std::move(names[i]), interfaces_of(graph, place, segment)});
    for (const specs::ExtraHost& extra : place.hosts)
      table.extras.push_back({place.name, extra.name.value, extra.address});
  }
  for (const specs::ExtraHost& extra : graph.hosts) table.extras.push_back({"", extra.name.value, extra.address});
  return table;
}

std::string text_of(const HostTable& table) {
  std::string text;
  for (const HostTable::Place& place : table.places) {
    text += "place " + place.name;
    for (const std::string& name : place.names) (text += ' ') += name;
    text += '\n';
    for (const HostTable::Interface& interface : place.interfaces) {
      (text += "interface ") += interface.segment;
      for (const IpAddress& address : interface.addresses) (text += ' ') += address.text();
      text += '\n';
    }
  }
  for (const HostTable::Extra& extra : table.extras) {
    text += "name " + extra.name + ' ' + extra.address.text();
    text += (extra.place.empty() ? "" : " " + extra.place) + '\n';
  }
  return text;
}

HostTable parse_host_table(std::string_view text) {
  HostTable table;
  for_each_line(text, [&](const Words& words) { parse_line(words, table); });
  return table;
}

void read_places(std::string_view text, const std::function<void(const HostTable::Place&)>& use) {
  HostTable table;
  const auto use_up = [&] {
    for (const HostTable::Place& place : table.places) use(place);
    table.places.clear();
  };
  for_each_line(text, [&](const Words& words) {
    if (!words.empty() && words[0] == "place") use_up();
    parse_line(words, table);
  });
  use_up();
}

}  // namespace nsbuild::netgraph
