// The way in: a topology file (or standard input) becomes a Spec, or a list of everything that is wrong with it.
#pragma once
#include "specs/diagnostics.hpp"
#include "specs/spec.hpp"

#include <map>
#include <optional>
#include <string>

namespace nsbuild::specs {

struct LoadOptions {
  std::string path;                             // `-` is standard input
  std::optional<std::string> name;              // --name
  std::map<std::string, std::string> set;       // --set NAME=VALUE, wins over the next two
  std::map<std::string, std::string> env_file;  // --env-file, read already
  bool environment = true;                      // fall back on getenv(3)
};

/// Reads, expands and types the file. On errors in `diagnostics` the Spec holds what could be read, so that later
/// stages may find more; it never throws for bad input. A file that cannot be read at all is an error at line 0.
Spec load(const LoadOptions& options, Sources& sources, Diagnostics& diagnostics);

/// The JSON Schema (draft 2020-12) of the language, from the same tables as the reader; pretty-printed.
std::string json_schema();

}  // namespace nsbuild::specs
