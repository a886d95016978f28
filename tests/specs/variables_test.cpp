// ${NAME} in keys and values.
#include "loading.hpp"

#include <cstdlib>

#include <gtest/gtest.h>

namespace nsbuild::specs {
namespace {

LoadOptions with(std::map<std::string, std::string> set, std::map<std::string, std::string> env_file = {}) {
  LoadOptions options;
  options.set = std::move(set);
  options.env_file = std::move(env_file);
  options.environment = false;
  return options;
}

std::string command(const std::string& text, const LoadOptions& options) {
  const Spec spec = fine("namespaces: {a: }\nservices: {s: {namespace: a, command: [x, '" + text + "']}}\n", options);
  return spec.services.at(0).command.at(1);
}

TEST(Variables, StandInKeysAndValues) {
  const Spec spec = fine("name: ${N}\nnamespaces:\n  ${A}: {sysctls: {net.x: \"${V}\"}}\n",
                         with({{"N", "lab"}, {"A", "alpha"}, {"V", "1"}}));
  EXPECT_EQ(spec.name.value, "lab");
  EXPECT_EQ(spec.namespaces.at(0).name.value, "alpha");
  EXPECT_EQ(spec.namespaces.at(0).sysctls.at(0).value.value, "1");
}

TEST(Variables, HaveDefaultsAlsoWhenEmpty) {
  EXPECT_EQ(command("${A:-b c}", with({})), "b c");
  EXPECT_EQ(command("${A:-b}", with({{"A", ""}})), "b");
  EXPECT_EQ(command("${A}", with({{"A", ""}})), "");
  EXPECT_EQ(command("${A:-b}", with({{"A", "a"}})), "a");
  EXPECT_EQ(command("${A:-}", with({})), "");
  EXPECT_EQ(command("${A:-${B:-x}y}z", with({})), "xyz");
  EXPECT_EQ(command("${A:-${B}}", with({{"B", "b"}})), "b");
}

TEST(Variables, LeaveTheShellAndLaterStagesAlone) {
  EXPECT_EQ(command("$A $$ $1 $", with({})), "$A $$ $1 $");
  EXPECT_EQ(command("$${A} a$${", with({})), "${A} a${");
  EXPECT_EQ(command("${{lab}} ${A}", with({{"A", "x"}})), "${{lab}} x");
}

TEST(Variables, AreNotReplacedTwice) { EXPECT_EQ(command("${A}", with({{"A", "${B}"}, {"B", "b"}})), "${B}"); }

TEST(Variables, ComeFromSetThenEnvFileThenEnvironment) {
  ::setenv("NSBUILD_TEST_VARIABLE", "environment", 1);
  LoadOptions options = with({}, {});
  options.environment = true;
  EXPECT_EQ(command("${NSBUILD_TEST_VARIABLE}", options), "environment");
  options.env_file["NSBUILD_TEST_VARIABLE"] = "file";
  EXPECT_EQ(command("${NSBUILD_TEST_VARIABLE}", options), "file");
  options.set["NSBUILD_TEST_VARIABLE"] = "set";
  EXPECT_EQ(command("${NSBUILD_TEST_VARIABLE}", options), "set");
  ::unsetenv("NSBUILD_TEST_VARIABLE");
}

TEST(Variables, AreTextOnly) {
  const Spec spec = fine("namespaces:\n  a:\n    routes:\n      - default dev ${D}\n", with({{"D", "x"}}));
  EXPECT_EQ(spec.namespaces.at(0).routes.at(0).nexthops.at(0).dev->value, "x");
  EXPECT_EQ(messages("namespaces: \"${A}\"\n", with({{"A", "{a: }"}})),
            R"(topo.yaml:1:13: error: "namespaces" must be a mapping of names to entries, not "{a: }"
    1 | namespaces: "${A}"
      |             ^~~~~~ write "name:" for each, without "-"
)");
}

TEST(Variables, ThatAreNotSetAreErrorsWithTheirPosition) {
  EXPECT_EQ(messages("name: x-${LAB}-y\nnamespaces: {a: }\n"), R"(topo.yaml:1:9: error: variable "LAB" is not set
    1 | name: x-${LAB}-y
      |         ^~~~~~ set it with --set or --env-file; a shell's own $NAME is left alone, and $${ is a literal ${
)");
}

TEST(Variables, PointIntoBlockTexts) {
  EXPECT_EQ(
      messages("namespaces: {a: }\nservices:\n  s:\n    namespace: a\n    command: |\n      true\n      echo ${WHO}\n"),
      R"(topo.yaml:7:12: error: variable "WHO" is not set
    7 |       echo ${WHO}
      |            ^~~~~~ set it with --set or --env-file; a shell's own $NAME is left alone, and $${ is a literal ${
)");
}

TEST(Variables, OfOtherFormsAreErrors) {
  for (const char* form : {"${}", "${1}", "${A-b}", "${A:?b}", "${A%.*}", "${a b}"})
    EXPECT_NE(messages("name: \"" + std::string(form) + "\"\nnamespaces: {}\n").find("is not a variable"),
              std::string::npos)
        << form;
  EXPECT_NE(messages("name: \"a${B\"\n").find("1:9: error: this ${ is never closed"), std::string::npos);
}

TEST(Variables, ThatNothingUsesAreWarnings) {
  EXPECT_EQ(messages("namespaces: {a: }\n", with({{"A", "x"}}, {{"B", "y"}})),
            "topo.yaml: warning: --set A: nothing in the file uses ${A}\n");
}

TEST(Variables, CannotFillTheMemory) {
  std::string text = "namespaces: {}\nx-y:\n";
  for (int i = 0; i < 1000; ++i) text += "  - ${A}\n";
  EXPECT_NE(
      messages(text, with({{"A", std::string(100'000, 'a')}})).find("the variables' values make this file too large"),
      std::string::npos);
  std::string nested = "x";
  for (int i = 0; i < 100; ++i) nested = "${A:-" + nested + "}";
  EXPECT_NE(messages("name: \"" + nested + "\"\n").find("too deep"), std::string::npos);
}

}  // namespace
}  // namespace nsbuild::specs
