// docs/language.md has the tables of the code, and every example in it is one that the reader takes.
#include "specs/language.hpp"

#include "loading.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>

#include <gtest/gtest.h>

namespace nsbuild::specs {
namespace {

const std::string page_path = std::string(NSBUILD_SOURCE_DIR) + "/docs/language.md";

std::string page() {
  std::ifstream file(page_path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The page with what stands between each table's markers replaced by the table.
std::string with_tables(std::string text) {
  for (const TableView& table : all_tables()) {
    const std::string begin = "<!-- keys: " + table.info.id + " -->\n";
    const std::string end = "<!-- end -->\n";
    const std::size_t from = text.find(begin);
    if (from == std::string::npos) {
      ADD_FAILURE() << "docs/language.md has no place for the keys of " << table.info.id;
      continue;
    }
    const std::size_t to = text.find(end, from);
    text.replace(from + begin.size(), to - from - begin.size(), key_reference(table));
  }
  return text;
}

TEST(LanguagePage, HasTheTablesOfTheCode) {
  const std::string expected = with_tables(page());
  if (std::getenv("NSBUILD_ACCEPT") != nullptr) std::ofstream(page_path, std::ios::binary) << expected;
  EXPECT_EQ(page(), expected) << "NSBUILD_ACCEPT=1 rewrites the tables";
}

/// A topology that holds one key of a table, as its example has it.
std::string topology_with(const std::string& table, const std::string& key) {
  const std::map<std::string, std::string> around{
      {"topology", "KEY\n"},
      {"namespace", "namespaces: {n: {KEY}}\n"},
      {"interface", "namespaces: {n: {interfaces: {lo: {KEY}}}}\n"},
      {"route", "namespaces: {n: {routes: [{KEY, REST}]}}\n"},
      {"nexthop", "namespaces: {n: {routes: [{to: default, via: [{KEY, REST}]}]}}\n"},
      {"rule", "namespaces: {n: {rules: [{KEY}]}}\n"},
      {"link", "links: [{KEY, REST}]\n"},
      {"endpoint", "links: [{endpoints: {a: {KEY}, b: }}]\n"},
      {"network", "networks: {lan: {KEY}}\n"},
      {"service", "services: {s: {KEY, REST}}\n"},
      {"mount", "services: {s: {namespace: n, command: x, mounts: [{KEY, REST}]}}\n"},
      {"file", "services: {s: {namespace: n, command: x, files: {/a: {KEY, REST}}}}\n"},
      {"dns", "namespaces: {n: {dns: {KEY}}}\n"},
      {"ready", "services: {s: {namespace: n, command: x, ready: {KEY, REST}}}\n"},
      {"rlimit", "services: {s: {namespace: n, command: x, rlimits: {nofile: {KEY, REST}}}}\n"},
      {"dependency", "services: {s: {namespace: n, command: x, depends_on: {t: {KEY}}}}\n"},
      {"defaults", "defaults: {KEY}\n"}};
  std::string text = around.at(table);
  return text.replace(text.find("KEY"), 3, key);
}

/// What else an entry needs, by table and key; "" is any other key's.
std::string rest(const std::string& table, const std::string& key) {
  const std::map<std::string, std::map<std::string, std::string>> rests{
      {"route",
       {{"to", "dev: e"},
        {"via", "to: default"},
        {"dev", "to: default"},
        {"type", "to: 10.0.0.0/8"},
        {"", "to: 10.0.0.0/8, dev: e"}}},
      {"nexthop", {{"via", ""}, {"dev", ""}, {"", "dev: e"}}},
      {"link", {{"endpoints", ""}, {"", "endpoints: [a, b]"}}},
      {"service",
       {{"namespace", "command: x"},
        {"join", "command: x"},
        {"command", "namespace: n"},
        {"", "namespace: n, command: x"}}},
      {"mount",
       {{"type", "target: /a"},
        {"source", "target: /a"},
        {"target", "source: /tmp"},
        {"read_only", "source: /tmp, target: /a"},
        {"ro", "source: /tmp, target: /a"},
        {"recursive", "source: /tmp, target: /a"},
        {"lower", "type: overlay, target: /a"},
        {"upper", "type: overlay, target: /a, lower: /tmp"},
        {"", "type: tmpfs, target: /a"}}},
      {"file", {{"content", ""}, {"source", ""}, {"template", "source: app.conf"}, {"", "content: x"}}},
      {"ready", {{"timeout", "tcp: 80"}, {"interval", "tcp: 80"}, {"", ""}}},
      {"rlimit", {{"soft", "hard: unlimited"}, {"hard", "soft: 7"}}}};
  const auto of_table = rests.find(table);
  if (of_table == rests.end()) return {};
  const auto of_key = of_table->second.find(key);
  return of_key == of_table->second.end() ? of_table->second.at("") : of_key->second;
}

TEST(LanguagePage, HasExamplesThatAreRead) {
  const Workplace place;
  place.write("www/index.html", "");
  place.write("app.conf", "");
  place.write("state/kept", "");
  place.write("debian/etc/passwd", "");
  place.write("profiles/frr.yaml", "profiles: {frr: {}}\n");
  for (const TableView& table : all_tables())
    for (const KeyInfo& key : table.keys) {
      std::string text = topology_with(table.info.id, key.name + ": " + key.about.example);
      if (const std::size_t at = text.find(", REST"); at != std::string::npos) {
        const std::string more = rest(table.info.id, key.name);
        text.replace(at, 6, more.empty() ? "" : ", " + more);
      }
      if (!text.starts_with("profiles")) text += "profiles: {router: {}, wan: {}, daemon: {}}\n";
      EXPECT_EQ(place.load(text).messages, "") << text;
    }
}

/// The complete topologies of the page: fenced blocks that are marked as YAML.
TEST(LanguagePage, HasTopologiesThatAreRead) {
  const Workplace place;
  place.write("www/index.html", "");
  place.write("app.conf", "");
  place.write("state/kept", "");
  place.write("debian/etc/passwd", "");
  place.write("profiles/frr.yaml", "profiles: {frr: {}}\n");
  const std::string text = page();
  std::size_t count = 0;
  for (std::size_t at = text.find("```yaml\n"); at != std::string::npos; at = text.find("```yaml\n", at + 1)) {
    const std::size_t from = at + 8;
    EXPECT_EQ(place.load(text.substr(from, text.find("```", from) - from)).messages, "");
    ++count;
  }
  EXPECT_GE(count, 3U);
}

}  // namespace
}  // namespace nsbuild::specs
