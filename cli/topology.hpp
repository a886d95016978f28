// From the options that name a topology file to the graph in it, with everything that is wrong printed on the way.
#pragma once
#include "netgraph/netgraph.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace nsbuild::cli {

/// What every command that reads a topology takes.
struct FileOptions {
  std::string path;  // `-` is standard input
  std::optional<std::string> name;
  std::vector<std::string> set;  // NAME=VALUE each
  std::vector<std::string> env_files;
  bool strict = false;
};

/// Reads and checks the file; errors and warnings go to standard error. None when there was an error.
std::optional<netgraph::NetGraph> read_topology(const FileOptions& options);

/// The lab that a file is about, when only that matters: the rest of the file may be wrong by now. None, with the
/// errors printed, when not even the name can be relied on. Throws engine::Error when the lab is another file's.
std::optional<std::string> read_lab_name(const FileOptions& options);

/// "3 namespaces, 2 links, 1 service": what is in it, for a message.
std::string describe(const netgraph::NetGraph& graph);

/// The variables of an --env-file: NAME=VALUE lines as Compose reads them (# comments, `export `, quotes). Throws
/// InputError with file and line.
std::map<std::string, std::string> parse_env_file(const std::string& path, const std::string& text);

}  // namespace nsbuild::cli
