// Loads topologies that tests write as text, from a directory of the test's own, so that messages name `topo.yaml`.
#pragma once
#include "specs/load.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace nsbuild::specs {

struct Loaded {
  Spec spec;
  Diagnostics diagnostics;
  std::string messages;
};

/// A directory that is the current one while it lives, and gone with all that is in it afterwards.
class Workplace {
 public:
  Workplace();
  ~Workplace();
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;

  void write(const std::string& name, std::string_view text) const;
  const std::filesystem::path& path() const { return path_; }
  /// Loads `topo.yaml`, after writing `text` to it; the environment is not looked at unless `options` says so.
  Loaded load(std::string_view text, LoadOptions options) const;
  Loaded load(std::string_view text) const;

 private:
  std::filesystem::path before_;
  std::filesystem::path path_;
};

/// What is wrong with a text; empty when nothing is.
std::string messages(std::string_view text);
std::string messages(std::string_view text, LoadOptions options);
/// What a text says; the test fails when it has an error.
Spec fine(std::string_view text);
Spec fine(std::string_view text, LoadOptions options);

}  // namespace nsbuild::specs
