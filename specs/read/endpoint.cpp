// The ends of links and networks, as a mapping (`client:eth0: 10.0.1.2/24`) or as containerlab's list of names.
#include "specs/read/records.hpp"
#include "specs/read/values.hpp"

#include <fmt/format.h>

namespace nsbuild::specs {
namespace {

const Table<End>& endpoint_table() {
  static const Table<End> table{
      {"endpoint", "an endpoint",
       "The value of an end in the mapping form of `endpoints`. Instead of `{addresses: X}` just X will do."},
      {
          key("addresses", &End::addresses, interface_addresses(),
              {"its addresses, each with its prefix length",
               "[10.0.2.2/24, \"fd00:2::2/64\"]",
               "one of each `subnet`",
               {"address", "ip", "ipv4", "ipv6", "addrs"}}),
          key("mac", &End::mac, mac(),
              {"its MAC address",
               "\"02:00:00:00:02:02\"",
               "derived from lab, namespace and interface",
               {"macaddress", "mac_address", "hwaddr"}}),
          key("mtu", &End::mtu, integer(68, 65535), {"its MTU in bytes", "1400", "that of the link or network"}),
          key("up", &End::up, boolean(), {"whether it is up", "false", "true", {"state", "enabled"}}),
      }};
  return table;
}

/// Splits `namespace:interface`; the interface may be missing.
std::optional<End> read_name(Reader& reader, const Node& name) {
  const std::string_view text = name.text;
  const std::size_t colon = text.find(':');
  End end;
  end.at = name.at;
  end.place = {std::string(text.substr(0, colon)),
               reader.within(name, 0, std::max<std::size_t>(std::min(colon, text.size()), 1))};
  bool fine = check_name(reader, end.place.at, end.place.value, "namespace");
  if (colon != std::string_view::npos) {
    const std::string_view interface = text.substr(colon + 1);
    const Mark at =
        reader.within(name, interface.empty() ? colon : colon + 1, std::max<std::size_t>(interface.size(), 1));
    fine = check_interface_name(reader, at, interface) && fine;
    end.interface = Located<std::string>{std::string(interface), at};
  }
  return fine ? std::optional(end) : std::nullopt;
}

void read_value(Reader& reader, const Node& value, End& end) {
  if (value.is_null()) return;
  if (value.is_map()) {
    read_table(reader, endpoint_table(), value, end);
  } else if (auto addresses = interface_addresses().read(reader, value)) {
    end.addresses = std::move(*addresses);
  }
}

void read_entries(Reader& reader, const Node& map, std::vector<End>& ends) {
  for (const Entry& entry : map.entries) {
    if (!entry.key.is_scalar()) continue;
    auto end = read_name(reader, entry.key);
    End unnamed;  // its value is read all the same, for the errors in it
    read_value(reader, entry.value, end ? *end : unnamed);
    if (end) ends.push_back(std::move(*end));
  }
}

std::optional<std::vector<End>> read_endpoints(Reader& reader, const Node& node) {
  std::vector<End> ends;
  if (node.is_map()) {
    read_entries(reader, node, ends);
  } else if (node.is_sequence()) {
    for (const Node& item : node.items) {
      if (item.is_map()) {
        read_entries(reader, item, ends);
      } else if (!item.is_scalar()) {
        reader.error(item.at, fmt::format("an endpoint must be namespace:interface, not {}", kind_name(item)));
      } else if (auto end = read_name(reader, item)) {
        ends.push_back(std::move(*end));
      }
    }
  } else {
    reader.mismatch(node, "a mapping or a list of ends", "such as [client:eth0, server:eth0]");
    return std::nullopt;
  }
  return ends;
}

}  // namespace

Value<std::vector<End>> endpoints() {
  const char* schema = R"({"anyOf": [
      {"type": "array", "items": {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/ends"}]}},
      {"$ref": "#/$defs/ends"}]})";
  return {{"mapping of `namespace:interface` to addresses or endpoint, or a list of names", schema, true},
          read_endpoints};
}

Value<std::vector<End>> two_endpoints() {
  // A mapping may have fewer: those of a profile are merged with it.
  const char* schema = R"({"anyOf": [
      {"type": "array", "minItems": 2, "maxItems": 2,
       "items": {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/ends"}]}},
      {"allOf": [{"$ref": "#/$defs/ends"}, {"maxProperties": 2}]}]})";
  auto value = endpoints();
  value.type.schema = schema;
  return value;
}

TableView endpoint_keys() { return view(endpoint_table()); }

}  // namespace nsbuild::specs
