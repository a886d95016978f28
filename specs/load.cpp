#include "specs/load.hpp"

#include "specs/include.hpp"
#include "specs/merge.hpp"
#include "specs/ranges.hpp"
#include "specs/read/records.hpp"
#include "specs/read/values.hpp"

#include <filesystem>

#include <fmt/format.h>

namespace nsbuild::specs {
namespace {

namespace fs = std::filesystem;

const Node* section(const Node& root, std::string_view name) {
  const Entry* entry = find(root, name);
  return entry == nullptr ? nullptr : &entry->value;
}

/// --name, else what the file says, else the file's name without its ending.
void choose_name(const LoadOptions& options, Reader& reader, const Node& root, Spec& spec) {
  if (options.name) {
    check_name(reader, {}, *options.name, "lab");
    spec.name = {*options.name, {}};
    return;
  }
  const Node* said = section(root, "name");
  if (said != nullptr && !said->is_null()) return;
  if (spec.path.empty()) {
    reader.error({}, "a topology from standard input needs a name", "write \"name:\" in it, or give --name");
    return;
  }
  const std::string stem = fs::path(spec.path).stem().string();
  const bool fits =
      !stem.empty() &&
      stem.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == std::string::npos;
  if (fits && check_name(reader, {}, stem, "lab"))
    spec.name = {stem, {}};
  else if (!fits)
    reader.error({}, fmt::format("the file's name {} is not a name for a lab", in_quotes(stem)),
                 "write \"name:\" in it, or give --name");
}

/// As a plan names them: the same wherever nsbuild is started.
FileNames file_names(const Sources& sources, const std::string& topology) {
  const fs::path directory = topology.empty() ? fs::current_path() : fs::path(topology).parent_path();
  FileNames result{{}, sources.views()};
  for (std::uint32_t i = 0; i < sources.size(); ++i)
    result.names.push_back(fs::absolute(sources.name(i)).lexically_normal().lexically_relative(directory).string());
  if (topology.empty()) result.names.at(0) = "-";
  return result;
}

}  // namespace

Spec load(const LoadOptions& options, Sources& sources, Diagnostics& diagnostics) {
  Spec spec;
  if (options.path != "-") spec.path = fs::absolute(options.path).lexically_normal().string();
  Variables variables(options);
  auto root = read_tree(options, variables, sources, diagnostics);
  if (!root) return spec;
  Merger merger(section(*root, "profiles"), section(*root, "defaults"), sources, diagnostics);
  Ranges ranges(sources, diagnostics);
  Reader reader(sources, diagnostics, merger, ranges, variables.failures());
  read_topology(reader, *root, spec);
  choose_name(options, reader, *root, spec);
  spec.files = file_names(sources, spec.path);
  variables.report_unused(diagnostics);
  return spec;
}

}  // namespace nsbuild::specs
