// The JSON Schema of the language, out of the key tables.
#include "specs/load.hpp"
#include "specs/tables.hpp"

#include <nlohmann/json.hpp>

namespace nsbuild::specs {
namespace {

using nlohmann::ordered_json;

/// A key's value may always be missing (`routes:`), which is as if the key were not there.
ordered_json property(const KeyInfo& key) {
  ordered_json value = ordered_json::parse(key.type.schema);
  ordered_json result{{"description", key.about.meaning}};
  if (!key.about.fallback.empty()) result["description"] = key.about.meaning + " (default: " + key.about.fallback + ")";
  result["anyOf"] = {std::move(value), {{"type", "null"}}};
  return result;
}

/// Required keys are not said to be: an entry may have them from its profiles or defaults.
ordered_json definition(const TableView& table) {
  ordered_json result{{"description", table.info.about}, {"type", "object"}, {"additionalProperties", false}};
  for (const KeyInfo& key : table.keys) {
    result["properties"][key.name] = property(key);
    if (key.type.list) result["properties"]["+" + key.name] = property(key);
  }
  return result;
}

/// `namespace:interface` to what an end may be.
ordered_json ends() {
  return ordered_json::parse(R"({"type": "object", "additionalProperties": {"anyOf": [
    {"type": "string"}, {"type": "null"}, {"type": "array", "items": {"type": "string"}}, {"$ref": "#/$defs/endpoint"}]}})");
}

}  // namespace

std::string json_schema() {
  ordered_json schema = definition(topology_keys());
  schema["patternProperties"]["^x-"] = ordered_json::object();
  schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  schema["title"] = "nsbuild topology";
  for (const TableView& table : all_tables())
    if (table.info.id != "topology") schema["$defs"][table.info.id] = definition(table);
  schema["$defs"]["ends"] = ends();
  return schema.dump(2) + "\n";
}

}  // namespace nsbuild::specs
