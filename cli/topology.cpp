#include "cli/topology.hpp"

#include "cli/exit.hpp"
#include "cli/output.hpp"
#include "engine/lab.hpp"
#include "engine/timings.hpp"
#include "specs/load.hpp"
#include "specs/read_file.hpp"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

namespace nsbuild::cli {

namespace {

constexpr std::size_t largest_env_file = std::size_t{1} << 20U;

std::map<std::string, std::string> parse_set(const std::vector<std::string>& words) {
  std::map<std::string, std::string> values;
  for (const auto& word : words) {
    const auto equals = word.find('=');
    if (equals == std::string::npos || equals == 0)
      throw UsageError(fmt::format("--set {}: expected NAME=VALUE", word));
    values.insert_or_assign(word.substr(0, equals), word.substr(equals + 1));
  }
  return values;
}

std::map<std::string, std::string> read_env_files(const std::vector<std::string>& paths) {
  std::map<std::string, std::string> values;
  for (const auto& path : paths) {
    const specs::FileText file = specs::read_whole_file(path, largest_env_file);
    if (!file.problem.empty()) throw InputError(fmt::format("--env-file {}: {}", path, file.problem));
    for (auto& [name, value] : parse_env_file(path, file.text)) values.insert_or_assign(name, value);
  }
  return values;
}

specs::LoadOptions load_options(const FileOptions& options) {
  if (options.path.empty()) throw UsageError("the name of the file is empty");
  return {.path = options.path,
          .name = options.name,
          .set = parse_set(options.set),
          .env_file = read_env_files(options.env_files)};
}

void print_diagnostics(const specs::Diagnostics& diagnostics, const specs::Sources& sources, bool strict) {
  const auto text = specs::print(diagnostics, sources, strict, color_on(STDERR_FILENO));
  std::fwrite(text.data(), 1, text.size(), stderr);
}

using engine::Phase;
using engine::Timed;

specs::Spec load(const FileOptions& options, specs::Sources& sources, specs::Diagnostics& diagnostics) {
  const Timed phase(Phase::read);
  return specs::load(load_options(options), sources, diagnostics);
}

netgraph::NetGraph build(const specs::Spec& spec, specs::Diagnostics& diagnostics) {
  const Timed phase(Phase::graph);
  return netgraph::build(spec, diagnostics);
}

}  // namespace

std::optional<netgraph::NetGraph> read_topology(const FileOptions& options) {
  specs::Sources sources;
  specs::Diagnostics diagnostics;
  const auto spec = load(options, sources, diagnostics);
  auto graph = build(spec, diagnostics);
  print_diagnostics(diagnostics, sources, options.strict);
  if (diagnostics.failed(options.strict)) return std::nullopt;
  return graph;
}

std::optional<std::string> read_lab_name(const FileOptions& options) {
  specs::Sources sources;
  specs::Diagnostics diagnostics;
  const auto spec = load(options, sources, diagnostics);
  const bool certain = !diagnostics.failed() || engine::topology_of(spec.name.value) == spec.path;
  if (!certain) {
    print_diagnostics(diagnostics, sources, false);
    return std::nullopt;
  }
  engine::refuse_other_topology({.lab = spec.name.value, .topology = spec.path});
  return spec.name.value;
}

std::string describe(const netgraph::NetGraph& graph) {
  const auto own = std::ranges::count_if(graph.places, [](const netgraph::Place& place) {
    return place.name != netgraph::host_place && place.name != netgraph::switch_place;
  });
  std::string text = count(static_cast<std::size_t>(own), "namespace");
  const auto add = [&](std::size_t number, std::string_view singular) {
    if (number > 0) text += ", " + count(number, singular);
  };
  const auto is_port = [&](std::size_t end) {
    return graph.places.at(graph.interfaces.at(end).place).name == netgraph::switch_place;
  };
  const auto links = std::ranges::count_if(
      graph.links, [&](const netgraph::Link& link) { return !is_port(link.a) && !is_port(link.b); });
  add(static_cast<std::size_t>(links), "link");
  add(graph.networks.size(), "network");
  add(graph.services.size(), "service");
  return text;
}

}  // namespace nsbuild::cli
