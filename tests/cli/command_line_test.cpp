// What a wrong or half-typed command line gets for an answer. Nothing here touches the kernel.
#include "cli/app.hpp"
#include "cli/exit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nsbuild::cli {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Words = std::vector<std::string>;

struct Answer {
  int code;
  std::string out, err;
};

Answer ask(Words words) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int code = run(std::move(words));
  return {code, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
}

Words complete(Words words) {
  words.insert(words.begin(), {"__complete", "--"});
  std::istringstream out(ask(std::move(words)).out);
  Words lines;
  for (std::string line; std::getline(out, line);) lines.push_back(line.substr(0, line.find('\t')));
  return lines;
}

TEST(CommandLine, ACommandWithoutDashesIsToldWhereItStands) {
  const auto hint = [](Words words) { return ask(std::move(words)).err; };
  EXPECT_THAT(hint({"exec", "s", "ls", "-l"}),
              HasSubstr("unexpected argument \"ls\"; a command to run stands behind --: "
                        "`nsbuild exec s -- ls -l`\n"));
  EXPECT_THAT(hint({"run", "-q", "x.yaml", "ls"}), HasSubstr("`nsbuild run -q x.yaml -- ls`\n"));
  EXPECT_THAT(hint({"exec", "s", "more", "--", "ls"}), Not(HasSubstr("stands behind")));
  EXPECT_THAT(hint({"status", "lab", "more"}), Not(HasSubstr("stands behind")));
}

TEST(CommandLine, ANetworksPortsAreNoLinks) {
  const auto example = std::string(NSBUILD_SOURCE_DIR) + "/examples/load-balancer.yaml";
  EXPECT_THAT(ask({"validate", example}).err, HasSubstr(": 4 namespaces, 1 link, 1 network, 3 services\n"));
}

TEST(CommandLine, VersionGoesToStandardOutput) {
  const auto answer = ask({"--version"});
  EXPECT_EQ(answer.code, exit_code::done);
  EXPECT_THAT(answer.out, testing::MatchesRegex("nsbuild [0-9]+\\.[0-9]+\\.[0-9]+\n"));
  EXPECT_EQ(answer.err, "");
}

TEST(CommandLine, NothingSaidIsAUsageError) {
  const auto answer = ask({});
  EXPECT_EQ(answer.code, exit_code::bad_input);
  EXPECT_EQ(answer.err, "nsbuild: error: a command is needed\nnsbuild: try `nsbuild --help`\n");
}

TEST(CommandLine, AMistypedCommandGetsASuggestion) {
  const auto answer = ask({"aply", "topo.yaml"});
  EXPECT_EQ(answer.code, exit_code::bad_input);
  EXPECT_THAT(answer.err, StartsWith("nsbuild: error: unknown command \"aply\"; did you mean \"apply\"?\n"));
}

TEST(CommandLine, AMistypedOptionGetsASuggestion) {
  const auto answer = ask({"plan", "--jsn", "topo.yaml"});
  EXPECT_EQ(answer.code, exit_code::bad_input);
  EXPECT_EQ(answer.err,
            "nsbuild: error: unknown option \"--jsn\"; did you mean \"--json\"?\nnsbuild: try `nsbuild plan --help`\n");
}

TEST(CommandLine, AMissingFileIsSaid) {
  const auto answer = ask({"validate"});
  EXPECT_EQ(answer.code, exit_code::bad_input);
  EXPECT_THAT(answer.err, HasSubstr("FILE is required"));
}

TEST(CommandLine, SetNeedsAValue) {
  const auto answer = ask({"validate", "--set", "A", "topo.yaml"});
  EXPECT_EQ(answer.code, exit_code::bad_input);
  EXPECT_THAT(answer.err, HasSubstr("--set A: expected NAME=VALUE"));
}

TEST(CommandLine, ExecReportsItsOwnFailuresWithItsOwnCode) {
  EXPECT_EQ(ask({"exec"}).code, exit_code::own_failure);
  EXPECT_EQ(ask({"exec", "--wrong", "x", "--", "true"}).code, exit_code::own_failure);
  EXPECT_EQ(ask({"run", "/nonexistent.yaml", "--", "true"}).code, exit_code::own_failure);
}

TEST(CommandLine, GenerateSaysItsLimits) {
  const auto small = ask({"generate", "ring", "2"});
  EXPECT_EQ(small.code, exit_code::bad_input);
  EXPECT_THAT(small.err, StartsWith("nsbuild: error: ring 2: N is from 3 to 10000 (routers in a circle"));
  EXPECT_THAT(ask({"generate", "star", "1024"}).err, HasSubstr("N is from 2 to 1023"));
  EXPECT_THAT(ask({"generate", "ring", "five"}).err, HasSubstr("N: a whole number is expected, not \"five\""));
  EXPECT_THAT(ask({"generate", "ring", "-5"}).err, HasSubstr("not \"-5\""));
  EXPECT_THAT(ask({"generate", "rng", "5"}).err, HasSubstr("ring"));
  EXPECT_THAT(ask({"generate", "ring"}).err, HasSubstr("N is required"));
}

TEST(CommandLine, GenerateHasHelpOfEveryShape) {
  const auto help = ask({"generate", "--help"});
  for (const char* shape : {"ring", "line", "star", "tree", "mesh", "clos"})
    EXPECT_THAT(help.out, HasSubstr(std::string("  ") + shape + " N  "));
}

TEST(CommandLine, WhatIsGeneratedIsPrinted) {
  const auto answer = ask({"generate", "star", "3", "--services"});
  EXPECT_EQ(answer.code, exit_code::done);
  EXPECT_EQ(answer.err, "");
  EXPECT_THAT(answer.out, HasSubstr("name: star3\n"));
  EXPECT_THAT(answer.out, HasSubstr("sleep"));
}

TEST(CommandLine, TimingsAreForThoseWhoAsk) {
  const std::string topology = NSBUILD_SOURCE_DIR "/examples/quickstart.yaml";
  EXPECT_THAT(ask({"validate", topology}).err, testing::Not(HasSubstr(" ms\n")));
  const auto answer = ask({"validate", "--quiet", "--timings", topology});
  EXPECT_EQ(answer.code, exit_code::done);
  EXPECT_THAT(answer.err, testing::MatchesRegex("nsbuild: read +[0-9.]+ ms\nnsbuild: graph +[0-9.]+ ms\n"
                                                "nsbuild: total +[0-9.]+ ms\n"));
  EXPECT_THAT(ask({"validate", "--timings", "/no/such.yaml"}).err, HasSubstr("nsbuild: total "));
  EXPECT_THAT(ask({"validate", topology}).err, testing::Not(HasSubstr(" ms\n"))) << "they end with their command";
}

TEST(CommandLine, TimingsAreInTheJson) {
  const std::string topology = NSBUILD_SOURCE_DIR "/examples/quickstart.yaml";
  const auto plain = ask({"plan", "--fresh", "--json", topology}).out;
  const auto timed = ask({"plan", "--fresh", "--json", "--timings", topology}).out;
  EXPECT_EQ(plain.find("timings"), std::string::npos);
  ASSERT_TRUE(timed.starts_with(plain.substr(0, plain.size() - 3)));
  EXPECT_THAT(timed.substr(plain.size() - 3), StartsWith(",\n  \"timings\": {\n    \"read\": "));
  for (const char* phase : {"graph", "wish", "plan", "print", "total"})
    EXPECT_THAT(timed.substr(plain.size() - 3), HasSubstr(std::string("\"") + phase + "\": "));
}

TEST(Completion, OffersShapes) {
  EXPECT_THAT(complete({"generate", ""}), testing::ElementsAre("ring", "line", "star", "tree", "mesh", "clos"));
  EXPECT_THAT(complete({"generate", "ring", ""}), testing::IsEmpty());
  EXPECT_THAT(complete({"generate", "ring", "5", "--s"}), testing::ElementsAre("--services"));
}

TEST(Completion, OffersCommands) {
  EXPECT_THAT(complete({"p"}), testing::ElementsAre("plan"));
  EXPECT_THAT(complete({""}), Contains("apply"));
  EXPECT_THAT(complete({""}), testing::Not(Contains(StartsWith("__"))));
}

TEST(Completion, OffersTheOptionsOfTheCommand) {
  EXPECT_THAT(complete({"plan", "--de"}), testing::UnorderedElementsAre("--destroy", "--detailed-exitcode"));
  EXPECT_THAT(complete({"schema", "--de"}), testing::IsEmpty());
}

TEST(Completion, OffersTheValuesOfAnOption) {
  EXPECT_THAT(complete({"graph", "--format", ""}), testing::ElementsAre("dot", "mermaid", "svg"));
  EXPECT_THAT(complete({"graph", "--format", "svg", ""}), testing::ElementsAre(":files"));
  EXPECT_THAT(complete({"apply", "--set", ""}), testing::IsEmpty());
  EXPECT_THAT(complete({"apply", "--env-file", "v"}), testing::ElementsAre(":files"));
}

TEST(Completion, OffersFilesWhereAFileStands) {
  EXPECT_THAT(complete({"apply", "exa"}), testing::ElementsAre(":files"));
  EXPECT_THAT(complete({"apply", "topo.yaml", ""}), testing::IsEmpty());
}

TEST(Completion, LeavesTheCommandBehindTheDashesToTheShell) {
  EXPECT_THAT(complete({"exec", "web", "--", "cu"}), testing::ElementsAre(":commands"));
  EXPECT_THAT(complete({"exec", "web", "--", "cat", "/et"}), testing::ElementsAre(":files"));
}

}  // namespace
}  // namespace nsbuild::cli
