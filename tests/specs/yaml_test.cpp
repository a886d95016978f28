// YAML: what is taken, what is refused, and how that is said.
#include "loading.hpp"

#include <gtest/gtest.h>

namespace nsbuild::specs {
namespace {

std::string argument(const std::string& value) {
  const Spec spec = fine("namespaces: {a: }\nservices:\n  s:\n    namespace: a\n    command: [x, " + value + "]\n");
  return spec.services.at(0).command.at(1);
}

TEST(Yaml, ScalarsAreText) {
  for (const char* text :
       {"8080", "0644", "1e3", "no", "true", "1.10", "02:00:00:00:00:01", "12:30:45", "0x1f", "+1", ".5"})
    EXPECT_EQ(argument(text), text);
  EXPECT_EQ(argument("\"a\\n\\u00e9\\t\""), "a\né\t");
  EXPECT_EQ(argument("'it''s'"), "it's");
  EXPECT_EQ(argument("!!str 5"), "5");
}

TEST(Yaml, BlockTextsKeepTheirLines) {
  const Spec spec =
      fine("namespaces: {a: }\nservices:\n  s:\n    namespace: a\n    command: |\n      one\n\n      two\n");
  EXPECT_EQ(spec.services.at(0).command, (std::vector<std::string>{"/bin/sh", "-c", "one\n\ntwo\n"}));
}

TEST(Yaml, TakesByteOrderMarksAndWindowsLines) {
  const Spec spec = fine("\xef\xbb\xbfname: lab\r\nnamespaces:\r\n  a:\r\n  b:\r\n");
  EXPECT_EQ(spec.name.value, "lab");
  EXPECT_EQ(spec.namespaces.size(), 2U);
}

TEST(Yaml, TakesDocumentMarksAroundTheOneDocument) {
  EXPECT_EQ(fine("---\nnamespaces: {a: }\n...\n").namespaces.size(), 1U);
}

TEST(Yaml, AliasesAndMergeKeys) {
  const Spec spec = fine(R"(
x-one: &one {forwarding: true, sysctls: &s {net.a: 1}}
x-two: &two {forwarding: false, routes: [blackhole 10.0.0.0/8]}
namespaces:
  a: *one
  b: {<<: *two, sysctls: *s}
  c: {<<: [*one, *two], sysctls: {net.a: 2}}
  d:
    <<: {forwarding: true}
)");
  ASSERT_EQ(spec.namespaces.size(), 4U);
  EXPECT_EQ(spec.namespaces[0].sysctls.at(0).value.value, "1");
  EXPECT_FALSE(spec.namespaces[1].forwarding->value);
  EXPECT_EQ(spec.namespaces[1].sysctls.at(0).value.value, "1");
  EXPECT_TRUE(spec.namespaces[2].forwarding->value);
  EXPECT_EQ(spec.namespaces[2].sysctls.at(0).value.value, "2");
  EXPECT_EQ(spec.namespaces[2].routes.size(), 1U);
  EXPECT_TRUE(spec.namespaces[3].forwarding->value);
}

TEST(Yaml, AnchorsWithinMergedMapsStayKnown) {
  const Spec spec = fine(R"(
namespaces:
  a: {<<: &outer {sysctls: &inner {net.a: 1}}, routes: &r [blackhole 10.0.0.0/8], forwarding: &f true}
  b: {<<: *outer}
  c: {sysctls: *inner, routes: *r, forwarding: *f}
)");
  EXPECT_EQ(spec.namespaces.at(1).sysctls.size(), 1U);
  EXPECT_EQ(spec.namespaces.at(2).sysctls.size(), 1U);
  EXPECT_EQ(spec.namespaces.at(2).routes.size(), 1U);
}

TEST(Yaml, ErrorsInAnAliasSayWhereItIsUsed) {
  EXPECT_EQ(messages("x-a: &a {forwarding: perhaps}\nnamespaces:\n  one: *a\n"),
            R"(topo.yaml:1:22: error: "forwarding" must be true or false, not "perhaps"
    1 | x-a: &a {forwarding: perhaps}
      |                      ^~~~~~~
topo.yaml:3:8: note: used here
    3 |   one: *a
      |        ^
)");
}

TEST(Yaml, QuotedMergeKeysAreKeys) {
  EXPECT_NE(messages("\"<<\": {a: b}\n").find("unknown key \"<<\" in a topology"), std::string::npos);
}

TEST(Yaml, EqualKeysAreErrors) {
  EXPECT_EQ(messages("namespaces:\n  a:\n  b:\n  a:\n"), R"(topo.yaml:4:3: error: the key "a" is here twice
    4 |   a:
      |   ^
topo.yaml:2:3: note: first used here
    2 |   a:
      |   ^
)");
}

TEST(Yaml, EndsInAColonFlow) {
  EXPECT_EQ(messages("namespaces: {a: {routes: [default via fd00::, default via fd01::]}}\n"),
            R"(topo.yaml:1:27: error: within {} and [], text that ends in ":" must be quoted
    1 | namespaces: {a: {routes: [default via fd00::, default via fd01::]}}
      |                           ^~~~~~~~~~~~~~~~~~ write "default via fd00::"
topo.yaml:1:47: error: within {} and [], text that ends in ":" must be quoted
    1 | namespaces: {a: {routes: [default via fd00::, default via fd01::]}}
      |                                               ^~~~~~~~~~~~~~~~~~ write "default via fd01::"
)");
  EXPECT_EQ(messages("x-a: {to: fd00::, via: x}\n"),
            R"(topo.yaml:1:11: error: within {} and [], text that holds a bracket or "?" or ends in ":" must be quoted
    1 | x-a: {to: fd00::, via: x}
      |           ^~~~~~ write "fd00::"
)");
}

TEST(Yaml, HoldsABracketFlow) {
  EXPECT_EQ(messages("links:\n  - endpoints: {h[1-3]:eth0: 10.0.0.[1-3]/24,\n      b: \"[\"}\n"),
            R"(topo.yaml:2:17: error: within {} and [], text that holds a bracket or "?" or ends in ":" must be quoted
    2 |   - endpoints: {h[1-3]:eth0: 10.0.0.[1-3]/24,
      |                 ^~~~~~~~~~~ write "h[1-3]:eth0"
topo.yaml:2:30: error: within {} and [], text that holds a bracket or "?" or ends in ":" must be quoted
    2 |   - endpoints: {h[1-3]:eth0: 10.0.0.[1-3]/24,
      |                              ^~~~~~~~~~~~~~~ write "10.0.0.[1-3]/24"
)");
  EXPECT_EQ(messages("x-a: [curl, http://h/?q=1, ${X}]\n"),
            R"(topo.yaml:1:13: error: within {} and [], text that holds a bracket or "?" or ends in ":" must be quoted
    1 | x-a: [curl, http://h/?q=1, ${X}]
      |             ^~~~~~~~~~~~~ write "http://h/?q=1"
topo.yaml:1:28: error: within {} and [], text that holds a bracket or "?" or ends in ":" must be quoted
    1 | x-a: [curl, http://h/?q=1, ${X}]
      |                            ^~~~ write "${X}"
)");
}

TEST(Yaml, FlowThatIsFineIsNotComplainedOf) {
  EXPECT_EQ(
      messages("networks: {lan: {endpoints: {a:x: , b:x: 10.0.0.1/24, c:x:, \"d:x\": [fd00::1/64, \"fd00::/64\"]}}}\n"),
      "");
}

struct Malformed {
  const char* name;
  const char* text;
  const char* message;
};

class Refused : public testing::TestWithParam<Malformed> {};

TEST_P(Refused, WithItsReason) {
  const std::string got = messages(GetParam().text);
  EXPECT_EQ(got.substr(0, got.find('\n')), std::string("topo.yaml:") + GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Yaml, Refused,
    testing::Values(
        Malformed{"Empty", "", "1:1: error: this file is empty (a topology starts with \"namespaces:\")"},
        Malformed{"OnlyComments", "# x\n", "1:1: error: this file is empty"},
        Malformed{"List", "- a\n", "1:1: error: a topology must be a mapping, not a list"},
        Malformed{"Text", "hello\n", "1:1: error: a topology must be a mapping, not text"},
        Malformed{"SecondDocument", "name: a\n---\nname: b\n", "2:1: error: a second document starts here"},
        Malformed{"Indentation", " name: a\nlinks: []\n",
                  "2:1: error: this line does not belong to what stands above it"},
        Malformed{"Deeper", "a:\n    b: c\n  d: e\n", "3:3: error: this line fits no mapping above it"},
        Malformed{"Tab", "a:\n  b: c\n\td: e\n", "3:1: error: a tab in the indentation"},
        Malformed{"TwoColons", "a: b: c\n", "1:5: error: a \":\" that cannot stand here"},
        Malformed{"BehindAQuote", "name: \"x\" y\n", "1:11: error: the value ends before this"},
        Malformed{"BehindABracket", "links: [] c\n", "1:11: error: the value ends before this"},
        Malformed{"NoSpace", "# x\nname:edge\nlinks: []\n", "2:5: error: a space is missing behind this \":\""},
        Malformed{"NoColon", "namespaces:\n  a\n  b:\n", "2:3: error: a \":\" is missing behind this key"},
        Malformed{"ColonInLongText", "a: b\n  c\n  d: e\n", "3:4: error: a \":\" that cannot stand here"},
        Malformed{"Question", "x-a: {a?b: c}\n",
                  "1:7: error: within {} and [], text that holds a bracket or \"?\" or ends in \":\" must be quoted"},
        Malformed{"OpenBracket", "a: [b, c\n", "1:4: error: this bracket is never closed"},
        Malformed{"OpenBrace", "a: {b: c\n", "1:4: error: this bracket is never closed"},
        Malformed{"WrongBracket", "a: [b}\n", "1:6: error: a \",\" or the end of this collection must stand here"},
        Malformed{"CloseBracket", "a: b\n]\n", "2:1: error: a closing bracket without an opening one"},
        Malformed{"OpenQuote", "a: \"b\nc: d\n", "1:4: error: this quote is never closed"},
        Malformed{"OpenSingleQuote", "a: 'b\nc: it''s\n", "1:4: error: this quote is never closed"},
        Malformed{"At", "a: @b\n", "1:4: error: a value cannot start with this character"},
        Malformed{"Percent", "a: %b\n", "1:4: error: a value cannot start with this character"},
        Malformed{"Escape", "a: \"\\q\"\n", "1:7: error: no such escape in double quotes"},
        Malformed{"Alias", "a: *b\n", "1:4: error: no \"&\" above defines the name of this alias"},
        Malformed{"RecursiveAlias", "x-a: &a {b: *a}\n",
                  "1:13: error: this alias stands within what it means, and would never end"},
        Malformed{"Tag", "name: !env X\n", "1:7: error: the tag \"!env\" has no meaning here"},
        Malformed{"KeyList", "? [a, b]\n: c\n", "1:3: error: a key must be text, not a list or a mapping"},
        Malformed{"KeyMissing", "namespaces:\n  : {}\n", "2:3: error: a key is missing here"},
        Malformed{"KeyNull", "namespaces:\n  ~: {}\n", "2:3: error: a key must be text"},
        Malformed{"Nul", "a: b\x01\n", "1:5: error: a control character (0x01): this is not a text file"},
        Malformed{"EndOfTransmission", "a: b\x04\nb: ]\n",
                  "1:5: error: a control character (0x04): this is not a text file"},
        Malformed{"CarriageReturn", "a: b\rc: d\n", "1:5: error: a control character (0x0d): this is not a text file"},
        Malformed{"Latin1", "a: \xe9\n", "1:4: error: this is not UTF-8 text"},
        Malformed{"Surrogate", "a: \xed\xa0\x80\n", "1:4: error: this is not UTF-8 text"},
        Malformed{"Overlong", "a: \xc0\xaf\n", "1:4: error: this is not UTF-8 text"},
        Malformed{"Utf16", "\xff\xfe", "1:1: error: this is not UTF-8 text"}),
    [](const auto& each) { return each.param.name; });

// What follows is refused before it costs anything; were it not, these tests would not end.

TEST(Hostile, DeepNesting) {
  EXPECT_NE(messages(std::string(8U << 20U, '[')).find("1:10001: error: too many brackets are open"),
            std::string::npos);
  EXPECT_NE(messages(std::string(9000, '[')).find("nested too deeply"), std::string::npos);
  std::string lists;
  for (int i = 0; i < 1'000'000; ++i) lists += "- ";
  EXPECT_NE(messages(lists).find("nested too deeply"), std::string::npos);
  std::string maps;
  for (std::size_t i = 0; i < 2000; ++i) maps += std::string(i, ' ') + "a:\n";
  EXPECT_NE(messages(maps).find("nested too deeply"), std::string::npos);
}

TEST(Hostile, AliasBombs) {
  std::string text = "x0: &x0 [a, a, a, a, a, a, a, a, a, a]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string below = "*x" + std::to_string(i - 1);
    text += "x" + std::to_string(i) + ": &x" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) text += (j == 0 ? "" : ", ") + below;
    text += "]\n";
  }
  EXPECT_NE(messages(text).find("aliases make this file too large or deep"), std::string::npos);
}

TEST(Hostile, AliasesOfALargeText) {
  std::string text = "x-a: &a \"" + std::string(1'000'000, 'x') + "\"\nx-b:\n";
  for (int i = 0; i < 1000; ++i) text += "  - *a\n";
  EXPECT_NE(messages(text).find("aliases make this file too large or deep"), std::string::npos);
}

TEST(Hostile, AliasesThatNest) {
  std::string text = "x0: &x0 {k0: 1}\n";
  for (int i = 1; i < 100; ++i) {
    const std::string below = "*x" + std::to_string(i - 1);
    text += "x" + std::to_string(i) + ": &x" + std::to_string(i) + " {a: " + below + ", <<: " + below + "}\n";
  }
  EXPECT_NE(messages(text).find("too large or deep"), std::string::npos);
}

TEST(Hostile, OneLineOfMegabytes) {
  std::string text = "namespaces: {a: {routes: [";
  for (int i = 0; i < 100'000; ++i) text += "blackhole 10.0.0.0/8, ";
  EXPECT_EQ(fine(text + "]}}\n").namespaces.at(0).routes.size(), 100'000U);
}

TEST(Hostile, HugeScalars) {
  EXPECT_NE(messages("name: " + std::string(2U << 20U, 'x') + "\n").find("is too long"), std::string::npos);
  const std::string key = messages(std::string(2U << 20U, 'x') + ": a\n");
  EXPECT_FALSE(key.empty());
  EXPECT_LT(key.size(), 2000U);
}

TEST(Hostile, TooManyNodes) {
  std::string text = "x-a: [";
  for (int i = 0; i < 1'100'000; ++i) text += "a, ";
  EXPECT_NE(messages(text + "]\n").find("this file is too large"), std::string::npos);
}

TEST(Hostile, ManyAnchorsAndKeys) {
  std::string text = "namespaces:\n";
  for (int i = 0; i < 20'000; ++i)
    text += "  n" + std::to_string(i) + ": &a" + std::to_string(i) + " {forwarding: true}\n";
  for (int i = 0; i < 20'000; ++i) text += "  m" + std::to_string(i) + ": *a" + std::to_string(i) + "\n";
  EXPECT_EQ(fine(text).namespaces.size(), 40'000U);
}

TEST(Hostile, FilesThatAreTooLargeAreNotRead) {
  const Workplace place;
  place.write("topo.yaml", "");
  std::filesystem::resize_file("topo.yaml", 100U << 20U);  // sparse
  LoadOptions options;
  options.path = "topo.yaml";
  Sources sources;
  Diagnostics diagnostics;
  load(options, sources, diagnostics);
  EXPECT_EQ(print(diagnostics, sources, false, false), "topo.yaml: error: cannot read this file: larger than 16 MiB\n");
}

TEST(Hostile, FilesWithoutAnEndAreLeftInTime) {
  LoadOptions options;
  options.path = "/dev/zero";
  Sources sources;
  Diagnostics diagnostics;
  load(options, sources, diagnostics);
  EXPECT_EQ(print(diagnostics, sources, false, false), "/dev/zero: error: cannot read this file: larger than 16 MiB\n");
}

}  // namespace
}  // namespace nsbuild::specs
