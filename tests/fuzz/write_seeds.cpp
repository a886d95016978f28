// fuzz_seeds DIRECTORY: writes every target's seeds into DIRECTORY/<target>/, where libFuzzer begins.
#include "tests/fuzz/targets.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>

int main(int count, char** arguments) {
  if (count != 2) return std::fputs("usage: fuzz_seeds DIRECTORY\n", stderr), 2;
  for (const auto& target : nsbuild::fuzz::targets()) {
    const std::filesystem::path directory = std::filesystem::path(arguments[1]) / target.name;
    std::filesystem::create_directories(directory);
    std::size_t number = 0;
    for (const std::string& seed : target.seeds())
      std::ofstream(directory / ("seed" + std::to_string(number++)), std::ios::binary) << seed;
  }
  return 0;
}
