// Names beside the lab's own: `hosts`, and the resolver that `dns` asks.
#include "specs/read/records.hpp"
#include "specs/read/values.hpp"

#include <fmt/format.h>

namespace nsbuild::specs {
namespace {

/// One item, or a list of them.
template <class V>
Value<std::vector<V>> one_or_list(std::string name, const Value<V>& one) {
  Type type{std::move(name), fmt::format(R"({{"anyOf": [{0}, {{"type": "array", "items": {0}}}]}})", one.type.schema),
            true};
  return {type, [one](Reader& reader, const Node& node) -> std::optional<std::vector<V>> {
            std::vector<V> result;
            const auto add = [&](const Node& item) {
              if (auto value = one.read(reader, item)) result.push_back(std::move(*value));
            };
            if (node.is_sequence())
              std::for_each(node.items.begin(), node.items.end(), add);
            else
              add(node);
            return result;
          }};
}

const Table<Dns>& dns_table() {
  static const Table<Dns> table{
      {"dns", "\"dns\"",
       "The resolver of a namespace: a private /etc/resolv.conf for its services and for `nsbuild exec`."},
      {
          key("servers", &Dns::servers, one_or_list("IP address, or a list of them", address()),
              {"the name servers, asked in this order", "[10.0.0.53, \"fd00::53\"]", "", {"nameservers", "server"}}),
          key("search", &Dns::search, one_or_list("domain, or a list of them", hostname()),
              {"the domains that are tried behind a short name", "[lab.example]", "", {"domain", "domains"}}),
      }};
  return table;
}

}  // namespace

Value<std::vector<ExtraHost>> extra_hosts() {
  const auto read = [](Reader& reader, const Node& node) -> std::optional<std::vector<ExtraHost>> {
    if (!node.is_map()) {
      reader.mismatch(node, "a mapping of names to addresses", "such as {db.example: 10.0.0.5}");
      return std::nullopt;
    }
    static const auto addresses = one_or_list("", address());
    std::vector<ExtraHost> result;
    for (const Entry& entry : node.entries) {
      if (!entry.key.is_scalar()) continue;
      const auto name = hostname().read(reader, entry.key);
      if (entry.value.is_null())
        reader.error(entry.key.at, fmt::format("the host {} needs an address", in_quotes(entry.key.text)));
      else if (const auto all = addresses.read(reader, entry.value); name && all)
        for (const IpAddress& each : *all) result.push_back({{*name, entry.key.at}, each});
    }
    return result;
  };
  return {
      {"mapping of names to an address or a list of them",
       R"({"type": "object", "additionalProperties": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}})"},
      read};
}

Value<Dns> dns() {
  const auto read = [](Reader& reader, const Node& node) -> std::optional<Dns> {
    Dns result;
    result.at = node.at;
    if (!node.is_map()) {
      reader.mismatch(node, "a mapping", "such as {servers: [10.0.0.53]}");
      return std::nullopt;
    }
    const std::size_t errors = reader.errors();
    read_table(reader, dns_table(), node, result);
    if (reader.errors() == errors && result.servers.empty() && result.search.empty())
      reader.error(node.at, "\"dns\" needs \"servers\" or \"search\"");
    return result;
  };
  return {{"mapping", R"({"$ref": "#/$defs/dns"})"}, read};
}

TableView dns_keys() { return view(dns_table()); }

}  // namespace nsbuild::specs
