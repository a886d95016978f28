#include "tests/engine/world_words.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>

#include <gtest/gtest.h>

namespace nsbuild::engine::testing {

using Json = nlohmann::json;

std::string output(const std::string& command) {
  std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  std::string text;
  std::array<char, 4096> buffer{};
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe)) text.append(buffer.data(), got);
  ::pclose(pipe);
  return text;
}

void shell(const std::string& command) { ASSERT_EQ(std::system(command.c_str()), 0) << command; }

Json ip(const std::string& place, const std::string& words) {
  const std::string in = place == "host" ? "" : "-n t." + place + " ";
  return Json::parse(output("ip " + in + "-d -j " + words), nullptr, false);
}

Json link_of(const std::string& place, const std::string& device) {
  const Json found = ip(place, "link show " + device);
  return found.is_array() && !found.empty() ? found[0] : Json();
}

}  // namespace nsbuild::engine::testing
