#include "specs/load.hpp"

#include "specs/merge.hpp"
#include "specs/read/records.hpp"
#include "specs/read/values.hpp"
#include "specs/read_file.hpp"
#include "specs/yaml/parse.hpp"

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

std::optional<Node> read_tree(const LoadOptions& options, Variables& variables, Sources& sources,
                              Diagnostics& diagnostics) {
  FileText file = read_whole_file(options.path, largest_file);
  const std::string name = options.path == "-" ? "<stdin>" : options.path;
  if (!file.problem.empty()) {
    diagnostics.error({sources.add(name, {})}, fmt::format("cannot read this file: {}", file.problem));
    return std::nullopt;
  }
  const bool fine = check_text(file.text, 0, diagnostics);
  const std::uint32_t number = sources.add(name, fine ? file.text : std::string());
  return fine ? parse_yaml(number, file.text, variables, sources, diagnostics) : std::nullopt;
}

}  // namespace

Spec load(const LoadOptions& options, Sources& sources, Diagnostics& diagnostics) {
  Spec spec;
  if (options.path != "-") spec.path = fs::absolute(options.path).lexically_normal().string();
  Variables variables(options);
  auto root = read_tree(options, variables, sources, diagnostics);
  if (!root) return spec;
  std::erase_if(root->entries, [](const Entry& e) { return e.key.text.starts_with("x-"); });
  Merger merger(section(*root, "profiles"), section(*root, "defaults"), sources, diagnostics);
  const fs::path directory = spec.path.empty() ? fs::current_path() : fs::path(spec.path).parent_path();
  Reader reader(sources, diagnostics, merger, variables.failures(), directory);
  read_topology(reader, *root, spec);
  choose_name(options, reader, *root, spec);
  variables.report_unused(diagnostics);
  return spec;
}

}  // namespace nsbuild::specs
