// Diagnostics as text.
#include "specs/diagnostics.hpp"

#include <gtest/gtest.h>

namespace nsbuild::specs {
namespace {

TEST(Print, PointsWithACaretAndAHint) {
  Sources sources;
  sources.add("topo.yaml", "a: b\n  adress: 10.0.1.2/24\n");
  Diagnostics diagnostics;
  diagnostics.error({0, 2, 3, 6}, "unknown key \"adress\" in a link endpoint", "did you mean \"addresses\"?")
      .notes.push_back({{0, 1, 4, 1}, "also used here"});
  EXPECT_EQ(print(diagnostics, sources, false, false), R"(topo.yaml:2:3: error: unknown key "adress" in a link endpoint
    2 |   adress: 10.0.1.2/24
      |   ^~~~~~ did you mean "addresses"?
topo.yaml:1:4: note: also used here
    1 | a: b
      |    ^
)");
}

TEST(Print, SortsByPositionAndSaysEachOnce) {
  Sources sources;
  sources.add("t", "x\ny\n");
  Diagnostics diagnostics;
  diagnostics.error({0, 2, 1}, "second");
  diagnostics.warning({0, 1, 1}, "first");
  diagnostics.error({0, 2, 1}, "second");
  EXPECT_EQ(print(diagnostics, sources, false, false),
            "t:1:1: warning: first\n    1 | x\n      | ^\nt:2:1: error: second\n    2 | y\n      | ^\n");
  EXPECT_TRUE(diagnostics.failed());
}

TEST(Print, TakesWarningsForErrorsWhenStrict) {
  Sources sources;
  sources.add("t", "x\n");
  Diagnostics diagnostics;
  diagnostics.warning({}, "w", "h");
  EXPECT_FALSE(diagnostics.failed());
  EXPECT_TRUE(diagnostics.failed(true));
  EXPECT_EQ(print(diagnostics, sources, false, false), "t: warning: w (h)\n");
  EXPECT_EQ(print(diagnostics, sources, true, false), "t: error: w (h)\n");
}

TEST(Print, KeepsTabsAndCountsCharacters) {
  Sources sources;
  sources.add("t", "\tä: ö\r\n");
  Diagnostics diagnostics;
  diagnostics.error({0, 1, 6, 2}, "m");
  EXPECT_EQ(print(diagnostics, sources, false, false), "t:1:6: error: m\n    1 | \tä: ö\n      | \t   ^\n");
}

TEST(Print, ShowsAWindowOfALongLine) {
  Sources sources;
  sources.add("t", std::string(5000, 'a') + "X" + std::string(5000, 'b'));
  Diagnostics diagnostics;
  diagnostics.error({0, 1, 5001, 1}, "m");
  const std::string text = print(diagnostics, sources, false, false);
  EXPECT_LT(text.size(), 500U);
  const std::size_t line = text.find("    1 | ");
  const std::size_t caret = text.find('^');
  EXPECT_EQ(text.find('X') - line, caret - (text.find("      | ")));
}

TEST(Print, ShowsNoControlCharacters) {
  Sources sources;
  sources.add("t\x1b", "a\x1b[31m\n");
  Diagnostics diagnostics;
  diagnostics.error({0, 1, 1, 1}, "\x1b]0;title\a");
  const std::string text = print(diagnostics, sources, false, false);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find('\a'), std::string::npos);
}

TEST(Print, ColoursWhenAsked) {
  Sources sources;
  sources.add("t", "x\n");
  Diagnostics diagnostics;
  diagnostics.error({0, 1, 1}, "m");
  EXPECT_NE(print(diagnostics, sources, false, true).find("\x1b[1;31merror:"), std::string::npos);
}

TEST(Print, StopsAfterAThousand) {
  Sources sources;
  sources.add("t", std::string(3000, '\n'));
  Diagnostics diagnostics;
  for (std::uint32_t line = 1; line <= 1003; ++line) diagnostics.error({0, line, 1}, "m");
  const std::string text = print(diagnostics, sources, false, false);
  EXPECT_TRUE(text.ends_with("... and 3 more\n"));
}

TEST(Sources, ViewsRememberWhereTheirPieceIsUsed) {
  Sources sources;
  sources.add("t", "piece\nuse\n");
  const std::uint32_t view = sources.view(0, {0, 2, 1, 3}, "merged here");
  Diagnostics diagnostics;
  diagnostics.error({view, 1, 1, 5}, "m");
  diagnostics.error({sources.view(0, {0, 2, 2, 1}, "merged here"), 1, 1, 5}, "m");
  EXPECT_EQ(print(diagnostics, sources, false, false),
            "t:1:1: error: m\n    1 | piece\n      | ^~~~~\nt:2:1: note: merged here\n    2 | use\n      | ^~~\n");
  EXPECT_EQ(sources.name(view), "t");
  EXPECT_EQ(sources.resolved({view, 7, 8}), (Mark{0, 7, 8}));
}

TEST(Sources, AnswerForLinesThatAreNotThere) {
  Sources sources;
  sources.add("t", "x");
  EXPECT_EQ(sources.line(0, 0), "");
  EXPECT_EQ(sources.line(0, 2), "");
  EXPECT_EQ(sources.line(3, 1), "");
  EXPECT_EQ(sources.name(3), "<unknown>");
}

}  // namespace
}  // namespace nsbuild::specs
