// Regular expressions of `log:`.
#include "specs/expression.hpp"

#include <gtest/gtest.h>

namespace nsbuild::specs {
namespace {

TEST(Expression, IsLookedForAnywhereInALine) {
  const Expression digits("port [0-9]+$");
  EXPECT_EQ("", digits.problem());
  EXPECT_TRUE(digits.is_in("listening on port 8080"));
  EXPECT_FALSE(digits.is_in("listening on port 8080 soon"));
  EXPECT_TRUE(Expression("(?i)READY").is_in("now ready"));
  EXPECT_TRUE(Expression("^$").is_in(""));
}

TEST(Expression, TellsWhatIsWrong) {
  EXPECT_EQ("missing ]: [0-9", Expression("a [0-9").problem());
  EXPECT_NE("", Expression("(a)\\1").problem()) << "what needs backtracking is not in the language";
  EXPECT_NE("", Expression("a(?=b)").problem());
  EXPECT_NE("", Expression("((((a{100}){100}){100}){100})").problem()) << "its memory is limited";
  EXPECT_FALSE(Expression("(").is_in("("));
}

/// Where backtracking takes 2^n steps, or a step of the stack for each character.
TEST(Expression, TakesNoLongerThanTheLineIsLong) {
  EXPECT_FALSE(Expression("(a+)+$").is_in(std::string(8000, 'a') + "b"));
  EXPECT_TRUE(Expression("((a|b)|(c|d))*ready").is_in(std::string(1000000, 'a') + "ready"));
  EXPECT_FALSE(Expression("(x+x+)+y").is_in(std::string(100000, 'x')));
}

}  // namespace
}  // namespace nsbuild::specs
