// The top level of a file: its sections, each entry merged with its profiles and read by its own table.
#include "specs/read/entries.hpp"
#include "specs/read/records.hpp"
#include "specs/read/values.hpp"

#include <fmt/format.h>

namespace nsbuild::specs {
namespace {

void read_name(Reader& reader, const Node& node, Spec& spec) {
  const auto name = scalar(reader, node, "a name");
  if (name && check_name(reader, node.at, *name, "lab")) spec.name = {*name, node.at};
}

void read_namespaces(Reader& reader, const Node& node, Spec& spec) {
  static const EntryKind kind{"namespace",
                              {{"routes", Brackets::value},
                               {"rules", Brackets::value},
                               {"interfaces", Brackets::value},
                               {"hosts", Brackets::value},
                               {"dns", Brackets::value},
                               {"vars", Brackets::free}}};
  const bool fine = read_entries(reader, node, kind, [&](const Node& name, const Node& value) {
    if (auto read = read_namespace(reader, name, value)) spec.namespaces.push_back(std::move(*read));
    const Entry* services = find(value, "services");
    const Located<std::string> scope{name.text, name.at};
    if (services == nullptr || services->value.is_null()) return;
    const Reader::InKey in_key(reader, "services");
    if (!read_services(reader, services->value, &scope, spec.services)) spec.lost_names = true;
  });
  if (!fine) spec.lost_names = true;
}

void read_own_services(Reader& reader, const Node& node, Spec& spec) {
  if (!read_services(reader, node, nullptr, spec.services)) spec.lost_names = true;
}

std::size_t next_order(const Spec& spec) { return spec.links.size() + spec.networks.size(); }

void read_links(Reader& reader, const Node& node, Spec& spec) {
  static const EntryKind kind{"link",
                              {{"endpoints", Brackets::name}, {"subnet", Brackets::value}, {"mtu", Brackets::value}}};
  if (!node.is_sequence()) {
    reader.mismatch(node, "a list of links", "such as - endpoints: [client:eth0, server:eth0]");
    return;
  }
  for (const Node& item : node.items) {
    if (item.is_null()) reader.error(item.at, "this link is empty", "a link needs \"endpoints\"");
    if (item.is_null()) continue;
    read_entry(reader, {{}, item}, kind, [&](const Node&, const Node& value) {
      auto link = read_link(reader, value);
      if (!link) return;
      link->order = next_order(spec);
      spec.links.push_back(std::move(*link));
    });
  }
}

/// A range in a network's name goes side by side with those of its ends; without one, each end may be many.
void read_networks(Reader& reader, const Node& node, Spec& spec) {
  static const EntryKind plain{"network", {}};
  static const EntryKind ranged{"network",
                                {{"endpoints", Brackets::name}, {"subnet", Brackets::value}, {"mtu", Brackets::value}}};
  if (!node.is_map()) {
    reader.mismatch(node, "a mapping of names to entries", "write \"name:\" for each, without \"-\"");
    return;
  }
  for (const Entry& entry : node.entries) {
    if (!entry.key.is_scalar()) continue;
    const bool many = entry.key.text.find('[') != std::string::npos;
    const bool fine = read_entry(reader, entry, many ? ranged : plain, [&](const Node& name, const Node& value) {
      Node expanded = value;
      for (Entry& each : expanded.entries)
        if (each.key.text == "endpoints") reader.ranges().expand_items(each.value);
      auto network = read_network(reader, name, expanded);
      if (!network) return;
      network->order = next_order(spec);
      spec.networks.push_back(std::move(*network));
    });
    if (!fine) spec.lost_names = true;
  }
}

/// What the merger needs to be able to rely on; what is in them is read where they are used.
void check_profiles(Reader& reader, const Node& node, Spec& /*spec*/) {
  if (!node.is_map()) {
    reader.mismatch(node, "a mapping of names to fragments", "such as {router: {forwarding: true}}");
    return;
  }
  for (const Entry& entry : node.entries)
    if (entry.key.is_scalar() && !entry.value.is_map() && !entry.value.is_null())
      reader.error(entry.value.at, fmt::format("the profile {} must be a mapping, not {}", in_quotes(entry.key.text),
                                               kind_name(entry.value)));
}

struct Defaults {};

const Table<Defaults>& defaults_table() {
  const auto check = [](Reader& reader, const Node& node, Defaults&) {
    if (!node.is_map()) reader.mismatch(node, "a mapping");
  };
  const auto type = [](const char* id) {
    return Type{fmt::format("keys of a {}", id), fmt::format(R"({{"$ref": "#/$defs/{}"}})", id)};
  };
  static const Table<Defaults> table{
      {"defaults", "\"defaults\"", "What lies below every entry of a kind."},
      {
          key<Defaults>("namespace", type("namespace"), check,
                        {"below every entry of `namespaces`", "{forwarding: true}", "", {"namespaces"}}),
          key<Defaults>("link", type("link"), check, {"below every item of `links`", "{mtu: 1500}", "", {"links"}}),
          key<Defaults>("network", type("network"), check,
                        {"below every entry of `networks`", "{mtu: 1500}", "", {"networks"}}),
          key<Defaults>("service", type("service"), check,
                        {"below every entry of `services`", "{user: nobody}", "", {"services"}}),
      }};
  return table;
}

void check_defaults(Reader& reader, const Node& node, Spec& /*spec*/) {
  Defaults none;
  read_table(reader, defaults_table(), node, none);
}

Type section(const char* name, const char* schema) { return {name, schema}; }

Type file_paths() {
  return section("path, or a list of paths",
                 R"({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})");
}

Type fragments() {
  return section(
      "mapping of names to fragments of entries",
      R"({"type": "object", "additionalProperties": {"anyOf": [{"$ref": "#/$defs/namespace"}, {"$ref": "#/$defs/link"}, {"$ref": "#/$defs/network"}, {"$ref": "#/$defs/service"}, {"type": "null"}]}})");
}

/// A mapping of names to namespaces or networks, which may be empty.
Type entries(const std::string& kind) {
  return {"mapping of names to " + kind + "s",
          R"({"type": "object", "additionalProperties": {"anyOf": [{"$ref": "#/$defs/)" + kind +
              R"("}, {"type": "null"}]}})"};
}

const Table<Spec>& topology_table() {
  static const Type links = section("list of links", R"({"type": "array", "items": {"$ref": "#/$defs/link"}})");
  static const Type services = section("mapping of names to services",
                                       R"({"type": "object", "additionalProperties": {"$ref": "#/$defs/service"}})");
  static const Table<Spec> table{
      {"topology", "a topology",
       "The top level of a file. Keys that start with `x-` are left alone: a place for anchors."},
      {
          key<Spec>("name", text("name").type, read_name,
                    {"the lab's name",
                     "edge",
                     "the file's name without its ending; `--name` overrides both",
                     {"lab", "title"}}),
          key<Spec>("include", file_paths(), [](Reader&, const Node&, Spec&) {},
                    {"other files, whose top levels are joined to this one's; relative ones start at this file",
                     "[profiles/frr.yaml]",
                     "",
                     {"includes", "import", "imports"}}),
          key<Spec>("profiles", fragments(), check_profiles,
                    {"named fragments, for `profile:` in an entry",
                     "{router: {forwarding: true}}",
                     "",
                     {"profile", "templates"}}),
          key<Spec>("defaults", {"mapping", R"({"$ref": "#/$defs/defaults"})"}, check_defaults,
                    {"what lies below every entry of a kind", "{link: {mtu: 1500}}", "", {"default"}}),
          key<Spec>("namespaces", entries("namespace"), read_namespaces,
                    {"the named network namespaces",
                     "{client: , server: {routes: [default via 10.0.1.1]}}",
                     "",
                     {"namespace", "nodes", "topology"}}),
          key<Spec>("links", links, read_links,
                    {"the veth pairs between them",
                     "[{endpoints: [client:eth0, server:eth0], subnet: 10.0.1.0/24}]",
                     "",
                     {"link"}}),
          key<Spec>("networks", entries("network"), read_networks,
                    {"the segments that they share",
                     "{lan: {subnet: 10.1.0.0/24, endpoints: [client:lan0, server:lan0]}}",
                     "",
                     {"network", "switches", "bridges"}}),
          key<Spec>("services", services, read_own_services,
                    {"the processes that run in them",
                     "{web: {namespace: server, command: [sleep, infinity]}}",
                     "",
                     {"service", "processes", "containers"}}),
          key("hosts", &Spec::hosts, extra_hosts(),
              {"names and addresses in every hosts file of the lab, beside its own names",
               "{db.example: [192.0.2.5, \"2001:db8::5\"]}",
               "",
               {"extra_hosts", "add_hosts"}}),
          key("vars", &Spec::vars, vars(),
              {"values for `${{NAME}}` in every string of a service", "{asn: 65001}", "", {"variables", "values"}}),
      }};
  return table;
}

}  // namespace

void read_topology(Reader& reader, const Node& root, Spec& spec) {
  const Reader::InKey in_key(reader, "topology");
  read_table(reader, topology_table(), root, spec);
  if (const Entry* profiles = find(root, "profiles")) check_unused_profiles(reader, profiles->value);
}

TableView topology_keys() { return view(topology_table()); }
TableView defaults_keys() { return view(defaults_table()); }

std::vector<TableView> all_tables() {
  return {topology_keys(), namespace_keys(), interface_keys(), route_keys(),      next_hop_keys(), rule_keys(),
          dns_keys(),      link_keys(),      endpoint_keys(),  network_keys(),    service_keys(),  mount_keys(),
          file_keys(),     ready_keys(),     rlimit_keys(),    dependency_keys(), defaults_keys()};
}

}  // namespace nsbuild::specs
