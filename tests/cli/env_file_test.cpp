#include "cli/exit.hpp"
#include "cli/topology.hpp"

#include <ostream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nsbuild::cli {
namespace {

using Values = std::map<std::string, std::string>;

TEST(EnvFile, ReadsWhatComposeReads) {
  EXPECT_EQ(parse_env_file("f",
                           "# a comment\n"
                           "\n"
                           "PLAIN=one two  \n"
                           "  export EXPORTED = 3\r\n"
                           "COMMENTED=a#b # c\n"
                           "EMPTY=\n"
                           "SINGLE='a \\n # \"b\"' # c\n"
                           "DOUBLE=\"a\\tb\\n\\\"c\\\"\\\\\"\n"
                           "EQUALS=a=b"),
            (Values{{"PLAIN", "one two"},
                    {"EXPORTED", "3"},
                    {"COMMENTED", "a#b"},
                    {"EMPTY", ""},
                    {"SINGLE", "a \\n # \"b\""},
                    {"DOUBLE", "a\tb\n\"c\"\\"},
                    {"EQUALS", "a=b"}}));
}

TEST(EnvFile, TheLastOneOfANameWins) { EXPECT_EQ(parse_env_file("f", "A=1\nA=2\n"), (Values{{"A", "2"}})); }

struct Bad {
  const char* text;
  const char* message;
};

/// How ctest calls the case.
void PrintTo(const Bad& bad, std::ostream* out) { *out << bad.message; }

class BadEnvFile : public testing::TestWithParam<Bad> {};

TEST_P(BadEnvFile, IsRefusedWithItsLine) {
  try {
    parse_env_file("vars.env", GetParam().text);
    FAIL() << "accepted";
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), GetParam().message);
  }
}

INSTANTIATE_TEST_SUITE_P(All, BadEnvFile,
                         testing::Values(Bad{"A=1\nword\n", "vars.env:2: expected NAME=VALUE"},
                                         Bad{"=1\n", "vars.env:1: expected NAME=VALUE"},
                                         Bad{"a b=1\n", "vars.env:1: expected NAME=VALUE"},
                                         Bad{"1A=1\n", "vars.env:1: expected NAME=VALUE"},
                                         Bad{"A=\"open\n", "vars.env:1: the quotes round the value of A do not match"},
                                         Bad{"A='open\n", "vars.env:1: the quotes round the value of A do not match"},
                                         Bad{"A='a' b\n", "vars.env:1: the quotes round the value of A do not match"}));

}  // namespace
}  // namespace nsbuild::cli
