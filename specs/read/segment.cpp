// Links and networks: what connects interfaces.
#include "specs/read/records.hpp"
#include "specs/read/values.hpp"

#include <fmt/format.h>

namespace nsbuild::specs {
namespace {

About mtu_about() { return {"MTU of its ends in bytes, where they say none", "1400", "the kernel's: 1500"}; }

const Table<Link>& link_table() {
  static const Table<Link> table{
      {"link", "a link", "An item of `links`: a veth pair."},
      {
          key<Link>("profile", profile_names().type, [](Reader&, const Node&, Link&) {},
                    {"profiles that lie below this entry", "wan", "", {"profiles"}}),
          key("endpoints", &Link::ends, two_endpoints(),
              {"its two ends", "[client:eth1, server:eth1]", "", {"ends", "nodes", "interfaces"}, true}),
          key("subnet", &Link::subnets, subnets(),
              {"where ends without addresses get theirs from, in file order",
               "10.0.3.0/30",
               "",
               {"subnets", "prefix", "network"}}),
          key("mtu", &Link::mtu, integer(68, 65535), mtu_about()),
      }};
  return table;
}

const Table<Network>& network_table() {
  static const Table<Network> table{
      {"network", "a network",
       "An entry of `networks`, by its name: a segment that any number of interfaces share, a bridge in a namespace of "
       "the lab's own."},
      {
          key<Network>("profile", profile_names().type, [](Reader&, const Node&, Network&) {},
                       {"profiles that lie below this entry", "wan", "", {"profiles"}}),
          key("subnet", &Network::subnets, subnets(),
              {"where ends without addresses get theirs from, in file order",
               "[10.1.0.0/24, \"fd00:1::/64\"]",
               "",
               {"subnets", "prefix", "ipam"}}),
          key("endpoints", &Network::ends, endpoints(),
              {"its ends", "{client:lan0: , server:lan0: 10.1.0.20/24}", "", {"ends", "nodes", "interfaces"}}),
          key("mtu", &Network::mtu, integer(68, 65535), mtu_about()),
      }};
  return table;
}

}  // namespace

std::optional<Link> read_link(Reader& reader, const Node& value) {
  Link link;
  link.at = value.at;
  if (!read_table(reader, link_table(), value, link)) return std::nullopt;
  const Entry* endpoints = find(value, "endpoints");
  if (endpoints == nullptr || endpoints->value.is_null()) return std::nullopt;
  const std::size_t written =
      endpoints->value.is_map() ? endpoints->value.entries.size() : endpoints->value.items.size();
  if (written != 2 && (endpoints->value.is_map() || endpoints->value.is_sequence()))
    reader.error(endpoints->key.at, fmt::format("a link has two endpoints, not {}", written),
                 written > 2 ? "a segment of more is a network" : "");
  return link.ends.size() == 2 ? std::optional(link) : std::nullopt;
}

std::optional<Network> read_network(Reader& reader, const Node& name, const Node& value) {
  Network network;
  network.name = {name.text, name.at};
  network.at = name.at;
  // It is also the name of the bridge.
  if (check_name(reader, name.at, name.text, "network")) check_interface_name(reader, name.at, name.text);
  if (!read_table(reader, network_table(), value, network)) return std::nullopt;
  return network;
}

TableView link_keys() { return view(link_table()); }
TableView network_keys() { return view(network_table()); }

}  // namespace nsbuild::specs
