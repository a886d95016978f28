#include "tests/planner/lab_file.hpp"

#include "planner/plan.hpp"
#include "specs/load.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

namespace nsbuild::planner {
namespace {

void complete(VethEnd& end) {
  if (!end.mac) end.mac = end.birth_mac;
  end.birth_mac.reset();
  end.mtu = end.mtu.value_or(1500);
  end.master = end.master.value_or("");
  end.altname = end.altname.value_or("");
}

}  // namespace

LabFile lab_file(const std::string& path) {
  specs::LoadOptions options;
  options.path = path;
  options.environment = false;
  options.env_file = {{"ROOTFS", "/usr"}};  // of an example: a tree that is there on every machine
  specs::Sources sources;
  specs::Diagnostics diagnostics;
  const specs::Spec spec = specs::load(options, sources, diagnostics);
  const netgraph::NetGraph graph = netgraph::build(spec, diagnostics);
  EXPECT_FALSE(diagnostics.failed()) << specs::print(diagnostics, sources, false, false);
  return {graph.lab, desired(graph)};
}

/// In a directory of this process: ctest(1) runs many at once.
State wish_of(const std::string& yaml) {
  const std::filesystem::path directory = ::testing::TempDir() + "nsbuild-" + std::to_string(::getpid());
  std::filesystem::create_directory(directory);
  std::ofstream(directory / "lab.yaml") << yaml;
  State wish = lab_file(directory / "lab.yaml").wish;
  std::filesystem::remove_all(directory);
  return wish;
}

State made(State wish) {
  for (auto& [key, resource] : wish) {
    if (auto* veth = std::get_if<Veth>(&resource))
      for (VethEnd* end : {&veth->a, &veth->b}) complete(*end);
    if (auto* bridge = std::get_if<Bridge>(&resource)) bridge->mtu = bridge->mtu.value_or(1500);
  }
  return wish;
}

std::string changes(const std::string& before, const std::string& after) {
  return text(plan(made(wish_of(before)), wish_of(after)), false);
}

}  // namespace nsbuild::planner
