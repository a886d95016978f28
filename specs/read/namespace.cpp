// Namespaces: sysctls, routes, rules and what is said of the interfaces that they have anyway.
#include "specs/read/records.hpp"
#include "specs/read/values.hpp"

#include <fmt/format.h>

namespace nsbuild::specs {
namespace {

void read_sysctls(Reader& reader, const Node& node, Namespace& into) {
  if (!node.is_map()) {
    reader.mismatch(node, "a mapping", "such as {net.ipv4.conf.all.rp_filter: 0}");
    return;
  }
  for (const Entry& entry : node.entries) {
    if (!entry.key.is_scalar()) continue;
    if (entry.value.is_scalar())
      into.sysctls.push_back({{entry.key.text, entry.key.at}, {entry.value.text, entry.value.at}});
    else
      reader.error(entry.value.is_null() ? entry.key.at : entry.value.at,
                   fmt::format("the sysctl {} must have a value that is text, not {}", in_quotes(entry.key.text),
                               kind_name(entry.value)));
  }
}

const Table<Interface>& interface_table() {
  static const Table<Interface> table{
      {"interface", "an interface", "What a namespace says of an interface that it has anyway: `lo`."},
      {
          key("addresses", &Interface::addresses, interface_addresses(),
              {"its addresses, each with its prefix length",
               "[10.255.0.3/32]",
               "127.0.0.1/8 and ::1/128, which it has anyway",
               {"address", "ip", "ipv4", "ipv6", "addrs"}}),
      }};
  return table;
}

const Table<Namespace>& namespace_table() {
  static const Type sysctls{"mapping of sysctl names to values",
                            R"({"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}})"};
  static const Type services{"mapping of names to services without `namespace`",
                             R"({"type": "object", "additionalProperties": {"$ref": "#/$defs/service"}})"};
  static const Table<Namespace> table{
      {"namespace", "a namespace",
       "An entry of `namespaces`, by its name; `host` is the caller's own. The entry may be empty."},
      {
          key<Namespace>("profile", profile_names().type, [](Reader&, const Node&, Namespace&) {},
                         {"profiles that lie below this entry", "router", "", {"profiles"}}),
          key("forwarding", &Namespace::forwarding, boolean(),
              {"IPv4 and IPv6 forwarding between its interfaces",
               "true",
               "off, as the kernel has it",
               {"forward", "ip_forward"}}),
          key<Namespace>(
              "sysctls", sysctls, read_sysctls,
              {"sysctls below `net.` that the namespace itself owns; `/` stands for a dot in an interface's name",
               "{net.ipv4.conf.all.rp_filter: 0}",
               "",
               {"sysctl"}}),
          key("routes", &Namespace::routes, routes(),
              {"its routes", "[default via 10.0.1.1]", "", {"route", "gateway", "gateway4", "gateway6"}}),
          key("rules", &Namespace::rules, rules(),
              {"its policy rules", "[{from: 10.0.1.0/24, table: 100}]", "", {"rule", "routing-policy"}}),
          key("interfaces", &Namespace::interfaces, interfaces(),
              {"what it says of `lo`; other interfaces are ends of links and networks",
               "{lo: {addresses: [10.255.0.3/32]}}",
               "",
               {"interface"}}),
          key("hosts", &Namespace::hosts, extra_hosts(),
              {"names and addresses in the hosts file of its services, beside the lab's own names",
               "{db.example: 192.0.2.5}",
               "",
               {"extra_hosts", "add_hosts"}}),
          key("dns", &Namespace::dns, dns(),
              {"the resolver of its services",
               "{servers: [10.0.0.53], search: [lab.example]}",
               "the machine's",
               {"resolver", "nameservers", "resolv_conf"}}),
          key("vars", &Namespace::vars, vars(),
              {"values for `${{NAME}}` in its services' strings", "{asn: 65001}", "", {"variables", "values"}}),
          key<Namespace>("services", services, [](Reader&, const Node&, Namespace&) {},
                         {"services that run in it; elsewhere their names have its name before them: `router-zebra`",
                          "{zebra: {command: [zebra]}}",
                          "",
                          {"service", "processes", "daemons"}}),
      }};
  return table;
}

}  // namespace

Value<std::vector<Interface>> interfaces() {
  const auto read = [](Reader& reader, const Node& node) -> std::optional<std::vector<Interface>> {
    if (!node.is_map()) {
      reader.mismatch(node, "a mapping", "such as {lo: {addresses: [10.255.0.3/32]}}");
      return std::nullopt;
    }
    std::vector<Interface> result;
    for (const Entry& entry : node.entries) {
      Interface interface {
        {entry.key.text, entry.key.at}, {}
      };
      if (!entry.key.is_scalar()) continue;
      if (entry.key.text != "lo")
        reader.error(entry.key.at,
                     fmt::format("{} cannot stand under \"interfaces\", only \"lo\" can", in_quotes(entry.key.text)),
                     "other interfaces are ends of links and networks");
      else if (read_table(reader, interface_table(), entry.value, interface))
        result.push_back(std::move(interface));
    }
    return result;
  };
  return {{"mapping with `lo`",
           R"({"type": "object", "additionalProperties": false, "properties": {"lo": {"$ref": "#/$defs/interface"}}})"},
          read};
}

Value<bool> profile_names() {
  return {{"name, or a list of names",
           R"({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})"},
          [](Reader&, const Node&) { return std::optional(true); }};
}

std::optional<Namespace> read_namespace(Reader& reader, const Node& name, const Node& value) {
  Namespace result;
  result.name = {name.text, name.at};
  result.at = name.at;
  check_name(reader, name.at, name.text, "namespace");
  if (!read_table(reader, namespace_table(), value, result)) return std::nullopt;
  return result;
}

TableView namespace_keys() { return view(namespace_table()); }
TableView interface_keys() { return view(interface_table()); }

}  // namespace nsbuild::specs
