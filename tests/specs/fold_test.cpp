// Long lists of plain words are parsed by their ends: the events, and so everything else, have to be the same.
#include "specs/yaml/fold.hpp"

#include "loading.hpp"
#include "specs/yaml/builder.hpp"

#include <sstream>

#include <gtest/gtest.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

namespace nsbuild::specs {
namespace {

/// Writes down all that it hears.
class Recorder : public YAML::EventHandler {
 public:
  std::string text;

  void OnDocumentStart(const YAML::Mark& mark) override { note("document", mark); }
  void OnDocumentEnd() override { text += "end of document\n"; }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { note("null", mark, anchor); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override { note("alias", mark, anchor); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    note(tag + " " + value, mark, anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    note(tag + " [", mark, anchor);
  }
  void OnSequenceEnd() override { text += "]\n"; }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    note(tag + " {", mark, anchor);
  }
  void OnMapEnd() override { text += "}\n"; }

 private:
  void note(const std::string& what, const YAML::Mark& mark, YAML::anchor_t anchor = 0) {
    text += std::to_string(mark.pos) + " " + std::to_string(mark.line) + ":" + std::to_string(mark.column) + " &" +
            std::to_string(anchor) + " " + what + "\n";
  }
};

void send(const std::string& text, YAML::EventHandler& handler) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  while (parser.HandleNextDocument(handler)) {
  }
}

bool passes(const Folded& folded) {
  FoldCheck check(folded);
  try {
    send(folded.text, check);
  } catch (const YAML::ParserException&) {
    return false;
  } catch (const Refused&) {
    return false;
  }
  return check.passed();
}

/// "- 10.0.0.0/24 via 10.0.0.1" and so on.
std::string items(std::size_t count, const std::string& indentation) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i)
    text += indentation + "- 10." + std::to_string(i) + ".0.0/16 via fd00::" + std::to_string(i) + "\n";
  return text;
}

std::size_t runs_in(const std::string& text) { return fold(text).runs.size(); }

void expect_same_events(const std::string& text, std::size_t runs) {
  const Folded folded = fold(text);
  EXPECT_EQ(folded.runs.size(), runs) << text;
  EXPECT_LT(folded.text.size(), text.size());
  ASSERT_TRUE(passes(folded)) << folded.text;
  Recorder whole, unfolded;
  send(text, whole);
  Unfolder unfolder(folded, unfolded);
  send(folded.text, unfolder);
  EXPECT_EQ(unfolded.text, whole.text);
}

TEST(Fold, GivesTheEventsOfTheWholeText) {
  const std::string list = items(100, "    ");
  expect_same_events("a:\n  b:\n" + list, 1);
  expect_same_events("a:\n  b:\n" + list + "  c: d # behind it\ne: [1, {f: g}]\n", 1);
  expect_same_events("# a\n\nb: &c\n" + list + "\n# d\ne:\n" + list + "    - &f last: one\nh: *f\ni: *c\n", 2);
  expect_same_events(items(80, ""), 1);
  expect_same_events("a: {b: c}\nd:\n" + items(80, "") + "e:\n" + items(70, "  "), 2);
  const std::string unended = "a:\n" + items(64, " ");
  expect_same_events(unended.substr(0, unended.size() - 1), 1);
}

TEST(Fold, LeavesNothingOutOfShortLists) {
  EXPECT_EQ(runs_in("a:\n" + items(63, "  ")), 0U);
  EXPECT_EQ(runs_in("a:\n" + items(64, "  ")), 1U);
  EXPECT_EQ(runs_in(items(40, " ") + items(40, "  ")), 0U);
  EXPECT_EQ(runs_in(items(40, " ") + " - null\n" + items(40, " ")), 0U);
  EXPECT_EQ(fold("a:\n" + items(63, "  ") + "b").text, "a:\n" + items(63, "  ") + "b");
}

TEST(Fold, TakesOnlyWordsThatStandForThemselves) {
  for (const char* word : {"null", "~",   "a: b", "a:",     "a #b", "- a", "'a'",  "\"a\"", "*a",  "&a b",
                           "!a b", "[a]", "a ",   "{a: b}", "| ",   "a\r", "a\tb", "é",     "? a", "${a}"}) {
    std::string text;
    for (int i = 0; i < 80; ++i) text += std::string("- ") + word + "\n";
    EXPECT_EQ(runs_in(text), 0U) << word;
  }
}

TEST(Fold, IsNotTrustedWithinALongerText) {
  const std::string list = items(80, "    ");
  for (const std::string& text :
       {"a: |\n" + list, "a: >\n  b\n" + list, "a: b\n" + list, "a: \"b\n" + list + "\"\n", "a: 'b\n" + list + "  '\n",
        "a: [\n" + list + "]\n", "a: {\n" + list + "}\n", "a: [b,\n" + list, "- a\n" + list}) {
    ASSERT_EQ(runs_in(text), 1U);
    EXPECT_FALSE(passes(fold(text))) << text.substr(0, 20);
  }
  EXPECT_FALSE(passes(fold(items(80, "") + list)));  // which goes on in the last word
  EXPECT_FALSE(passes(fold(list + "  - a\n   b: [c\n")));
}

TEST(Fold, PointsAtTheLineThatIsWrong) {
  std::string text = "namespaces:\n  a:\n    routes:\n" + items(100, "      ") + "  b:\n    rout: []\n";
  text.replace(text.find("10.60."), 6, "10.x0.");
  const std::string errors = messages(text);
  EXPECT_NE(errors.find(":64:9: error"), std::string::npos) << errors;
  EXPECT_NE(errors.find(":105:5: error: unknown key \"rout\""), std::string::npos) << errors;
}

TEST(Fold, KeepsTheTextOfABlock) {
  const std::string list = items(80, "          ");
  const Spec spec =
      fine("namespaces: {a: }\nservices:\n  s:\n    namespace: a\n    command: x\n    files:\n      /f:\n" +
           std::string("        content: |\n") + list);
  EXPECT_EQ(spec.services.at(0).files.at(0).content, items(80, ""));
}

}  // namespace
}  // namespace nsbuild::specs
