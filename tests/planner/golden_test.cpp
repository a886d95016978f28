// Every example's plan from nothing, as text, JSON and shell script, against what was recorded. NSBUILD_ACCEPT=1
// records.
#include "planner/plan.hpp"
#include "tests/planner/lab_file.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

namespace nsbuild::planner {
namespace {

namespace fs = std::filesystem;

const fs::path source_dir = NSBUILD_SOURCE_DIR;

std::vector<std::string> examples() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(source_dir / "examples"))
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

/// Where the checkout lies differs from machine to machine.
std::string without_source_dir(std::string text) {
  const std::string here = source_dir.string();
  for (std::size_t at = text.find(here); at != std::string::npos; at = text.find(here, at))
    text.replace(at, here.size(), "@SOURCE@");
  return text;
}

void expect_golden(const std::string& file, const std::string& text) {
  const fs::path path = source_dir / "tests/planner/golden" / file;
  const std::string now = without_source_dir(text);
  if (std::getenv("NSBUILD_ACCEPT") != nullptr) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << now;
  }
  std::ifstream recorded(path, std::ios::binary);
  EXPECT_EQ(now, std::string(std::istreambuf_iterator<char>(recorded), {}))
      << path << " differs; NSBUILD_ACCEPT=1 records it anew";
}

class Example : public ::testing::TestWithParam<std::string> {};

TEST_P(Example, PlanIsAsRecorded) {
  const auto [lab, wish] = lab_file((source_dir / "examples" / (GetParam() + ".yaml")).string());
  const Plan from_nothing = plan({}, wish);
  expect_golden(GetParam() + ".txt", text(from_nothing, false));
  expect_golden(GetParam() + ".json", json(from_nothing));
  expect_golden(GetParam() + ".sh", shell(from_nothing, lab));
}

TEST_P(Example, RemovalIsAsRecorded) {
  const auto [lab, wish] = lab_file((source_dir / "examples" / (GetParam() + ".yaml")).string());
  expect_golden(GetParam() + ".destroy.txt", text(plan(made(wish), {}), false));
}

TEST_P(Example, MadeIsWhatWasAskedFor) {
  const State wish = lab_file((source_dir / "examples" / (GetParam() + ".yaml")).string()).wish;
  EXPECT_EQ(text(plan(made(wish), wish), false), "no changes\n");
}

INSTANTIATE_TEST_SUITE_P(All, Example, ::testing::ValuesIn(examples()), [](const auto& example) {
  std::string name = example.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(Examples, AreThere) { EXPECT_GE(examples().size(), 5U); }

}  // namespace
}  // namespace nsbuild::planner
