#include "loading.hpp"

#include <cstdlib>
#include <fstream>
#include <utility>

#include <gtest/gtest.h>

namespace nsbuild::specs {
namespace {

LoadOptions without_environment() {
  LoadOptions options;
  options.environment = false;
  return options;
}

}  // namespace

Workplace::Workplace() : before_(std::filesystem::current_path()) {
  std::string name = (std::filesystem::temp_directory_path() / "nsbuild-specs-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
  path_ = std::filesystem::canonical(name);
  std::filesystem::current_path(path_);
}

Workplace::~Workplace() {
  std::error_code ignored;
  std::filesystem::current_path(before_, ignored);
  std::filesystem::remove_all(path_, ignored);
}

void Workplace::write(const std::string& name, std::string_view text) const {
  std::filesystem::create_directories((path_ / name).parent_path());
  std::ofstream(path_ / name, std::ios::binary) << text;
}

Loaded Workplace::load(std::string_view text, LoadOptions options) const {
  write("topo.yaml", text);
  options.path = "topo.yaml";
  Loaded loaded;
  Sources sources;
  loaded.spec = specs::load(options, sources, loaded.diagnostics);
  loaded.messages = print(loaded.diagnostics, sources, false, false);
  return loaded;
}

Loaded Workplace::load(std::string_view text) const { return load(text, without_environment()); }

std::string messages(std::string_view text, LoadOptions options) {
  return Workplace().load(text, std::move(options)).messages;
}

std::string messages(std::string_view text) { return messages(text, without_environment()); }

Spec fine(std::string_view text, LoadOptions options) {
  Loaded loaded = Workplace().load(text, std::move(options));
  EXPECT_FALSE(loaded.diagnostics.failed()) << loaded.messages;
  return std::move(loaded.spec);
}

Spec fine(std::string_view text) { return fine(text, without_environment()); }

}  // namespace nsbuild::specs
