// The JSON Schema says what the tables say.
#include "loading.hpp"
#include "specs/tables.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace nsbuild::specs {
namespace {

using nlohmann::json;

void collect_references(const json& value, std::vector<std::string>& into) {
  if (value.is_object() && value.contains("$ref")) into.push_back(value["$ref"]);
  if (value.is_structured())
    for (const auto& each : value) collect_references(each, into);
}

TEST(Schema, HasEveryTableAndEveryKey) {
  const json schema = json::parse(json_schema());
  for (const TableView& table : all_tables()) {
    const json& definition = table.info.id == "topology" ? schema : schema["$defs"][table.info.id];
    EXPECT_EQ(definition["additionalProperties"], false) << table.info.id;
    EXPECT_FALSE(table.keys.empty());
    for (const KeyInfo& key : table.keys) {
      EXPECT_TRUE(definition["properties"].contains(key.name)) << table.info.id << " " << key.name;
      EXPECT_EQ(definition["properties"].contains("+" + key.name), key.type.list) << table.info.id << " " << key.name;
    }
  }
}

TEST(Schema, RefersOnlyToWhatItDefines) {
  const json schema = json::parse(json_schema());
  std::vector<std::string> references;
  collect_references(schema, references);
  EXPECT_GT(references.size(), 20U);
  for (const std::string& reference : references)
    EXPECT_TRUE(schema.contains(json::json_pointer(reference.substr(1)))) << reference;
}

}  // namespace
}  // namespace nsbuild::specs
