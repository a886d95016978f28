#include "specs/read/reader.hpp"

#include "specs/tables.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace nsbuild::specs {
namespace {

std::string suggestion(std::string_view word, const TableView& table) {
  const std::size_t colon = word.find(':');
  std::vector<std::string_view> known;
  for (const KeyInfo& key : table.keys) {
    const auto& also = key.about.also;
    if (std::find(also.begin(), also.end(), word) != also.end()) return fmt::format("did you mean \"{}\"?", key.name);
    if (colon != std::string_view::npos && word.substr(0, colon) == key.name)
      return fmt::format("write \"{}: {}\"", key.name, word.substr(colon + 1));
    known.push_back(key.name);
  }
  if (std::string near = did_you_mean(word, known); !near.empty()) return near;
  return fmt::format("known: {}", fmt::join(known, ", "));
}

}  // namespace

Diagnostic& Reader::error(Mark at, std::string message, std::string hint) {
  ++errors_;
  const Mark own = sources_.resolved(at);
  const auto silenced = silenced_.lower_bound(Mark{own.file, own.line, own.column, 0});
  if (own && silenced != silenced_.end() && silenced->file == own.file && silenced->line == own.line &&
      silenced->column < own.column + own.length)
    return unheard_ = {};
  return diagnostics_.error(at, std::move(message), std::move(hint));
}

Diagnostic& Reader::mismatch(const Node& node, std::string_view expected, std::string hint) {
  const std::string what = node.is_scalar() ? in_quotes(node.text) : kind_name(node);
  return error(node.at, fmt::format("\"{}\" must be {}, not {}", key_, expected, what), std::move(hint));
}

Mark Reader::within(const Node& scalar, std::size_t offset, std::size_t length) const {
  return specs::within(sources_, scalar, offset, length);
}

std::filesystem::path Reader::resolve(const Located<std::string>& path) const {
  // The name of standard input has no directory, and so stands for the current one.
  const auto directory = std::filesystem::path(sources_.name(path.at.file)).parent_path();
  return std::filesystem::absolute(directory / path.value).lexically_normal();
}

std::string kind_name(const Node& node) {
  switch (node.kind) {
    case Node::Kind::sequence:
      return "a list";
    case Node::Kind::map:
      return "a mapping";
    case Node::Kind::scalar:
      return "text";
    default:
      return "nothing";
  }
}

void report_unknown_key(Reader& reader, const Node& key, const TableView& table) {
  reader.error(key.at, fmt::format("unknown key {} in {}", in_quotes(key.text), table.info.what),
               suggestion(key.text, table));
}

}  // namespace nsbuild::specs
