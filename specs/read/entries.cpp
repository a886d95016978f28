#include "specs/read/entries.hpp"

#include "specs/merge.hpp"
#include "specs/read/records.hpp"
#include "specs/read/values.hpp"
#include "specs/references.hpp"
#include "specs/values/name.hpp"

#include <filesystem>

#include <fmt/format.h>

namespace nsbuild::specs {
namespace {

bool holds_value(const Node& map, std::string_view key) {
  const Entry* entry = find(map, key);
  return entry != nullptr && !entry->value.is_null();
}

void set_text(Node& map, std::string_view key, const Located<std::string>& text) {
  Node name;
  name.kind = Node::Kind::scalar;
  name.text = key;
  name.at = text.at;
  Node value = name;
  value.text = text.value;
  std::erase_if(map.entries, [&](const Entry& e) { return e.key.text == key; });
  map.kind = Node::Kind::map;
  map.entries.push_back({std::move(name), std::move(value)});
}

/// What a service of a namespace's entry is elsewhere: one with that namespace, unless it joins another.
void place_in(const Located<std::string>& scope, Node& service) {
  if (holds_value(service, "join"))
    std::erase_if(service.entries, [](const Entry& e) { return e.key.text == "namespace"; });
  else
    set_text(service, "namespace", scope);
}

/// Names of others that cannot be resolved are reported here, and unknown to nobody else.
void drop_unresolvable(Service& service) {
  if (has_reference(service.namespace_name.value)) service.namespace_name.value.clear();
  if (service.join && has_reference(service.join->value)) service.join.reset();
  std::erase_if(service.depends_on, [](const Dependency& d) { return has_reference(d.service.value); });
}

/// Every string of a service may hold references but those that say which service it is to be.
void collect_references(Reader& reader, const Node& value, Service& service) {
  for (const Entry& entry : value.entries) {
    if (entry.key.text == "vars") continue;
    auto found = references_in(reader.sources(), entry.value);
    const std::string& key = entry.key.text;
    if (key == "namespace" || key == "join" || key == "depends_on") {
      for (const auto& each : found)
        reader.error(each.at, fmt::format("\"{}\" cannot hold {}", key, in_quotes(each.value)),
                     "it is put in once it is known which service runs where");
      continue;
    }
    std::move(found.begin(), found.end(), std::back_inserter(service.references));
  }
  drop_unresolvable(service);
}

std::string as_seen_from_here(const std::filesystem::path& path) {
  const std::filesystem::path relative = path.lexically_proximate(std::filesystem::current_path());
  return relative.string().starts_with("..") ? path.string() : relative.string();
}

/// Of a copied file only what says so is a template; its text has positions of its own.
void collect_templates(Reader& reader, Service& service) {
  for (const File& file : service.files) {
    if (!file.is_template || !file.source || !has_reference(file.content)) continue;
    Sources& sources = reader.sources();
    const std::uint32_t number = sources.add(as_seen_from_here(file.source->value), file.content);
    std::uint32_t line = 1;
    std::size_t start = 0;
    std::size_t from = 0;
    for (auto found = find_reference(file.content); found; found = find_reference(file.content, from)) {
      for (std::size_t end; (end = file.content.find('\n', start)) < found->offset; start = end + 1) ++line;
      from = found->offset + found->length;
      if (!found->literal)
        service.references.push_back({file.content.substr(found->offset, found->length),
                                      {number, line, static_cast<std::uint32_t>(found->offset - start + 1),
                                       static_cast<std::uint32_t>(found->closed ? found->length : 3)}});
    }
  }
}

void read_one(Reader& reader, const Located<std::string>* scope, const Node& name, const Node& said,
              std::vector<Service>& into) {
  Node value = said;
  if (scope != nullptr && (value.is_map() || value.is_null())) place_in(*scope, value);
  for (Entry& entry : value.entries)
    if (entry.key.text == "depends_on") reader.ranges().expand_items(entry.value);
  auto service = read_service(reader, name, value);
  if (!service) return;
  service->short_name = {name.text, name.at};
  if (scope != nullptr) {
    service->scope = *scope;
    service->name.value = scope->value + "-" + name.text;
    if (name.text.size() <= longest_name) check_name(reader, name.at, service->name.value, "service");
  }
  collect_references(reader, value, *service);
  collect_templates(reader, *service);
  into.push_back(std::move(*service));
}

}  // namespace

bool read_entry(Reader& reader, const Entry& entry, const EntryKind& kind, const ReadEntry& read) {
  auto merged = reader.merger().merged(entry.value, kind.name, entry.key.is_scalar() ? entry.key.at : entry.value.at);
  Entry below;
  if (merged) below = {entry.key, std::move(*merged)};
  const Entry& whole = merged ? below : entry;
  const auto expansion = reader.ranges().expand(whole, kind.ranges);
  if (!expansion) return false;
  if (!expansion->has_ranges()) {
    read(whole.key, whole.value);
    return true;
  }
  for (std::size_t i = 0; i < expansion->size(); ++i) {
    const Entry each = expansion->at(i);
    read(each.key, each.value);
  }
  return true;
}

bool read_entries(Reader& reader, const Node& section, const EntryKind& kind, const ReadEntry& read) {
  if (!section.is_map()) {
    reader.mismatch(section, "a mapping of names to entries", R"(write "name:" for each, without "-")");
    return true;
  }
  bool fine = true;
  for (const Entry& entry : section.entries)
    if (entry.key.is_scalar()) fine = read_entry(reader, entry, kind, read) && fine;
  return fine;
}

bool read_services(Reader& reader, const Node& section, const Located<std::string>* scope, std::vector<Service>& into) {
  static const EntryKind kind{"service",
                              {{"namespace", Brackets::name},
                               {"join", Brackets::name},
                               {"hostname", Brackets::value},
                               {"vars", Brackets::free}}};
  if (scope != nullptr && section.is_map())
    for (const Entry& entry : section.entries)
      if (const Entry* said = find(entry.value, "namespace"); said != nullptr && !said->value.is_null())
        reader.error(said->key.at, "the service of a namespace's entry has no \"namespace\" of its own",
                     fmt::format("it runs in {}", in_quotes(scope->value)));
  return read_entries(reader, section, kind,
                      [&](const Node& name, const Node& value) { read_one(reader, scope, name, value, into); });
}

}  // namespace nsbuild::specs
