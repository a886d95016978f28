#include "specs/include.hpp"

#include "specs/read_file.hpp"
#include "specs/yaml/parse.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace nsbuild::specs {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_files = 1000;
constexpr std::size_t most_nested = 100;                   // each is read from within the one that asks for it
constexpr std::size_t most_text = std::size_t{64} << 20U;  // bytes of all files

/// A file to read: as the user would call it, and where it was asked for (nowhere: on the command line).
struct Wanted {
  fs::path shown;
  Mark at;
};

class Includer {
 public:
  Includer(Variables& variables, Sources& sources, Diagnostics& diagnostics)
      : variables_(variables), sources_(sources), diagnostics_(diagnostics) {}

  bool add(const Wanted& file);
  Node take() { return std::move(tree_); }

 private:
  bool add_included(const Node& said, const fs::path& directory);
  bool add_one(const Node& said, const fs::path& directory);
  std::optional<Node> read(const Wanted& file);
  void join(Node top);
  void join_section(Entry& into, Entry from);
  bool refuse(Mark at, std::string message, std::string hint = {}) {
    diagnostics_.error(at, std::move(message), std::move(hint));
    return false;
  }

  Variables& variables_;
  Sources& sources_;
  Diagnostics& diagnostics_;
  Node tree_;
  std::map<std::string, std::size_t> sections_;               // where in the tree the first of that key is
  std::map<std::string, std::map<std::string, Mark>> names_;  // by section
  std::vector<std::pair<fs::path, std::string>> under_way_;   // outermost first: what it is, what it is called
  std::set<fs::path> done_;
  std::size_t text_ = 0;
};

/// One file however it is reached: `a/../b.yaml` and a symlink to it are the same.
fs::path identity(const fs::path& path) {
  std::error_code problem;
  const fs::path same = fs::canonical(path, problem);
  return problem ? fs::absolute(path).lexically_normal() : same;
}

/// False when there is no tree in the end; what else is wrong is found all the same.
bool Includer::add(const Wanted& file) {
  const fs::path self = identity(file.shown);
  under_way_.emplace_back(self, file.shown.string());
  auto top = read(file);
  bool fine = top.has_value();
  if (top && !top->is_map()) {
    fine = !file.at || refuse(top->at, "an included file must be a mapping, as a topology is");
    if (!file.at) tree_ = std::move(*top);
  } else if (top) {
    if (const Entry* include = find(*top, "include"); include != nullptr && !include->value.is_null())
      fine = add_included(include->value, file.shown.parent_path());
    std::erase_if(top->entries, [&](const Entry& e) {
      return e.key.text.starts_with("x-") || e.key.text == "include" || (file.at && e.key.text == "name");
    });
    join(std::move(*top));
  }
  under_way_.pop_back();
  done_.insert(self);
  return fine;
}

bool Includer::add_included(const Node& said, const fs::path& directory) {
  if (said.is_scalar()) return add_one(said, directory);
  if (!said.is_sequence())
    return refuse(said.at, "\"include\" must be a file or a list of files", "such as [frr.yaml]");
  bool fine = true;
  for (const Node& each : said.items) fine = add_one(each, directory) && fine;
  return fine;
}

bool Includer::add_one(const Node& said, const fs::path& directory) {
  if (!said.is_scalar() || said.text.empty()) return refuse(said.at, "an included file must be named by its path");
  const fs::path path = (directory / said.text).lexically_normal();
  const fs::path self = identity(path);
  const auto same = std::find_if(under_way_.begin(), under_way_.end(), [&](const auto& e) { return e.first == self; });
  if (same != under_way_.end()) {
    std::string cycle;
    for (auto each = same; each != under_way_.end(); ++each) cycle += each->second + " -> ";
    return refuse(said.at, fmt::format("the files include each other: {}{}", cycle, same->second));
  }
  if (done_.contains(self)) return true;
  if (under_way_.size() > most_nested)
    return refuse(said.at, fmt::format("more than {} files include each other in a row", most_nested));
  if (done_.size() + under_way_.size() >= most_files)
    return refuse(said.at, fmt::format("more than {} files are included", most_files));
  return add({path, said.at});
}

std::optional<Node> Includer::read(const Wanted& file) {
  const bool standard_input = !file.at && file.shown == "-";
  // An included `-` is a file of that name.
  const std::string path = standard_input ? "-" : fs::absolute(file.shown).string();
  FileText source = file.at ? read_regular_file(path, largest_file) : read_whole_file(path, largest_file);
  const std::string name = standard_input ? "<stdin>" : file.shown.string();
  if (!source.problem.empty() && file.at) {
    refuse(file.at, fmt::format("cannot include {}: {}", in_quotes(name), source.problem));
    return std::nullopt;
  }
  if (!source.problem.empty()) {
    refuse({sources_.add(name, {})}, fmt::format("cannot read this file: {}", source.problem));
    return std::nullopt;
  }
  text_ += source.text.size();
  if (text_ > most_text) {
    refuse(file.at, "the included files are too large");
    return std::nullopt;
  }
  const bool fine = check_text(source.text, sources_.size(), diagnostics_);
  const std::uint32_t number = sources_.add(name, fine ? source.text : std::string());
  return fine ? parse_yaml(number, source.text, variables_, sources_, diagnostics_) : std::nullopt;
}

/// Mappings go together name by name and lists one behind the other; anything else is for the reader to complain of.
void Includer::join(Node top) {
  if (!tree_.is_map()) tree_ = {.kind = Node::Kind::map, .at = top.at};
  tree_.at = top.at;  // in the end the topology file's
  for (Entry& entry : top.entries) {
    if (entry.key.is_scalar()) {
      const auto [same, fresh] = sections_.emplace(entry.key.text, tree_.entries.size());
      if (!fresh) {
        join_section(tree_.entries[same->second], std::move(entry));
        continue;
      }
    }
    auto& names = names_[entry.key.text];
    for (const Entry& each : entry.value.entries) names.emplace(each.key.text, each.key.at);
    tree_.entries.push_back(std::move(entry));
  }
}

void Includer::join_section(Entry& into, Entry from) {
  if (into.value.is_null()) {
    auto& names = names_[from.key.text];
    for (const Entry& each : from.value.entries) names.emplace(each.key.text, each.key.at);
    into = std::move(from);
  } else if (into.value.is_sequence() && from.value.is_sequence()) {
    std::move(from.value.items.begin(), from.value.items.end(), std::back_inserter(into.value.items));
  } else if (into.value.is_map() && from.value.is_map()) {
    auto& names = names_[from.key.text];
    for (Entry& each : from.value.entries) {
      const auto [first, fresh] = names.emplace(each.key.text, each.key.at);
      if (fresh || !each.key.is_scalar())
        into.value.entries.push_back(std::move(each));
      else
        diagnostics_
            .error(each.key.at,
                   fmt::format("{} is among the {} of two files", in_quotes(each.key.text), in_quotes(from.key.text)))
            .notes.push_back({first->second, "first used here"});
    }
  } else if (!from.value.is_null()) {
    tree_.entries.push_back(std::move(from));
  }
}

}  // namespace

std::optional<Node> read_tree(const LoadOptions& options, Variables& variables, Sources& sources,
                              Diagnostics& diagnostics) {
  Includer includer(variables, sources, diagnostics);
  if (!includer.add({options.path, {}})) return std::nullopt;
  return includer.take();
}

}  // namespace nsbuild::specs
