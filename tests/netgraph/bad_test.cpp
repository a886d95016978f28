// Every broken topology of tests/bad has the messages that its golden file says. NSBUILD_ACCEPT=1 re-records.
#include "topology.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include <gtest/gtest.h>

namespace nsbuild::netgraph {
namespace {

const std::filesystem::path corpus = std::filesystem::path(NSBUILD_SOURCE_DIR) / "tests/bad";

std::vector<std::string> names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(corpus)) {
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class BadTopology : public testing::TestWithParam<std::string> {};

TEST_P(BadTopology, HasItsGoldenMessage) {
  std::filesystem::current_path(corpus);  // messages name the file as the user wrote it
  const Outcome outcome = topology_file(GetParam() + ".yaml");
  EXPECT_TRUE(outcome.diagnostics.failed(true)) << "nothing is wrong with it";
  const std::filesystem::path golden = GetParam() + ".txt";
  if (std::getenv("NSBUILD_ACCEPT") != nullptr) std::ofstream(golden, std::ios::binary) << outcome.messages;
  ASSERT_TRUE(std::filesystem::exists(golden)) << "no golden file; NSBUILD_ACCEPT=1 records it";
  EXPECT_EQ(outcome.messages, contents(golden));
}

INSTANTIATE_TEST_SUITE_P(Corpus, BadTopology, testing::ValuesIn(names()), [](const auto& param_info) {
  std::string name = param_info.param;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
});

TEST(BadTopologies, AreSixtyAtLeastAndEachGoldenHasItsTopology) {
  EXPECT_GE(names().size(), 60U);
  for (const auto& entry : std::filesystem::directory_iterator(corpus)) {
    if (entry.path().extension() != ".txt") continue;
    EXPECT_TRUE(std::filesystem::exists(std::filesystem::path(entry.path()).replace_extension(".yaml")))
        << entry.path() << " has no topology";
  }
}

}  // namespace
}  // namespace nsbuild::netgraph
