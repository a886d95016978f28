#include "tests/fuzz/targets.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace nsbuild::fuzz {
namespace {

namespace fs = std::filesystem;

/// In the order of their names, so that a run can be repeated.
Seeds files_of(const std::string& directory) {
  std::vector<fs::path> paths;
  const fs::path path = fs::path(NSBUILD_SOURCE_DIR) / directory;
  if (fs::is_directory(path))
    for (const auto& entry : fs::directory_iterator(path))
      if (entry.is_regular_file() && entry.path().extension() != ".txt") paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  Seeds seeds;
  for (const fs::path& file : paths) {
    std::ifstream stream(file, std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  }
  return seeds;
}

constexpr std::array all{
    Target{"yaml", run_yaml, topologies},          Target{"spec", run_spec, topologies},
    Target{"netlink", run_netlink, netlink_seeds}, Target{"record", run_record, record_seeds},
    Target{"journal", run_journal, journal_seeds},
};

}  // namespace

std::span<const Target> targets() { return all; }

Seeds kept(const std::string& name) { return files_of("tests/fuzz/corpus/" + name); }

Seeds topologies() {
  Seeds seeds = kept("yaml");
  for (const char* directory : {"tests/fuzz/corpus/spec", "examples", "examples/profiles", "tests/bad"})
    for (std::string& text : files_of(directory)) seeds.push_back(std::move(text));
  return seeds;
}

}  // namespace nsbuild::fuzz
