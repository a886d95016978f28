#include "specs/yaml/builder.hpp"

#include "specs/yaml/parse.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace nsbuild::specs {
namespace {

/// Whether the character at `at` of a quoted scalar takes the next one with it: a backslash or a doubled quote.
bool takes_next(std::string_view text, std::size_t at) {
  if (text[0] == '"') return text[at] == '\\';
  return text[at] == '\'' && text.substr(at).starts_with("''");
}

}  // namespace

std::optional<OpenFlow> TreeBuilder::open_flow() const {
  std::optional<OpenFlow> result;
  for (const Open& each : open_) {
    if (!each.flow) continue;
    if (!result) result = OpenFlow{each.node.at, each.node.at};
    result->innermost = each.node.at;
  }
  return result;
}

void TreeBuilder::OnDocumentStart(const YAML::Mark& mark) {
  if (!started_) {
    started_ = true;
    return;
  }
  const Mark at{source_.file, static_cast<std::uint32_t>(mark.line + 1), static_cast<std::uint32_t>(mark.column + 1)};
  if (sources_.line(at.file, at.line).starts_with("---"))
    refuse({at.file, at.line, 1, 3}, "a second document starts here", "a file holds one topology");
  refuse(at, "this line does not belong to what stands above it", "check its indentation");
}

void TreeBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  Node node = make(Node::Kind::null, mark, anchor);
  for (const std::string_view written : {"~", "null", "Null", "NULL"})
    if (source_.text.substr(static_cast<std::size_t>(mark.pos)).starts_with(written)) node.text = written;
  if (node.text.empty() && !open_.empty()) node.at = place_of_nothing(node.at);
  attach(std::move(node));
}

/// yaml-cpp marks an empty value at the token that follows; it is missing behind its key, or behind its `-`.
Mark TreeBuilder::place_of_nothing(Mark next) const {
  const Open& parent = open_.back();
  if (parent.key) return parent.key->at;
  if (parent.node.is_sequence() && !parent.flow)
    for (std::uint32_t line = next.line; line >= parent.node.at.line; --line)
      if (const std::string_view text = sources_.line(next.file, line);
          text.find_first_not_of(' ') + 1 == parent.node.at.column && text[parent.node.at.column - 1] == '-' &&
          (line < next.line || parent.node.at.column < next.column))
        return {next.file, line, parent.node.at.column};
  return next;
}

void TreeBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  attach(make(Node::Kind::alias, mark, anchor));
}

void TreeBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                           const std::string& value) {
  Node node = make(Node::Kind::scalar, mark, anchor);
  const char first = character(mark);
  node.plain = first != '"' && first != '\'' && tag != "!";
  node.at.length = scalar_length(mark, value, node.plain);
  check_tag(node.at, tag);
  if (!budget_.take(value.size())) refuse(node.at, "this file is too large");
  node.text = value;
  const auto locate = [&](std::size_t offset, std::size_t length) { return within(sources_, node, offset, length); };
  std::string text = variables_.substitute(value, locate, diagnostics_);
  if (const auto zero = text.find('\0'); zero != std::string::npos)
    diagnostics_.error(node.at, "a NUL byte ends every path, word and variable of Linux",
                       "binary contents can come from a \"source\"");
  node.text = std::move(text);
  attach(std::move(node));
}

void TreeBuilder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                                  YAML::EmitterStyle::value style) {
  open(make(Node::Kind::sequence, mark, anchor), tag, style);
}

void TreeBuilder::OnSequenceEnd() { close(); }

void TreeBuilder::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                             YAML::EmitterStyle::value style) {
  Node node = make(Node::Kind::map, mark, anchor);
  node.implicit = style == YAML::EmitterStyle::Flow && character(mark) != '{';
  open(std::move(node), tag, style);
}

void TreeBuilder::OnMapEnd() {
  Node& map = open_.back().node;
  if (!quote_forgotten(map)) drop_equal_keys(map);
  if (!map.entries.empty() && !open_.back().flow) map.at = map.entries.front().key.at;
  close();
}

Node TreeBuilder::make(Node::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
  Node node;
  node.kind = kind;
  node.at = {source_.file, static_cast<std::uint32_t>(mark.line + 1), static_cast<std::uint32_t>(mark.column + 1)};
  node.anchor = static_cast<std::uint32_t>(anchor);
  if (kind != Node::Kind::scalar && !budget_.take(0)) refuse(node.at, "this file is too large");
  return node;
}

void TreeBuilder::open(Node node, const std::string& tag, YAML::EmitterStyle::value style) {
  check_tag(node.at, tag);
  if (open_.size() >= deepest_nesting) refuse(node.at, "this is nested too deeply");
  const bool flow = style == YAML::EmitterStyle::Flow && !node.implicit;
  open_.push_back({std::move(node), std::nullopt, flow});
}

void TreeBuilder::close() {
  Node node = std::move(open_.back().node);
  open_.pop_back();
  attach(std::move(node));
}

void TreeBuilder::attach(Node node) {
  if (open_.empty()) {
    if (!node.is_null()) root_ = std::move(node);
    return;
  }
  Open& parent = open_.back();
  if (parent.node.is_sequence()) {
    parent.node.items.push_back(std::move(node));
  } else if (!parent.key) {
    attach_key(parent, std::move(node));
  } else {
    parent.node.entries.push_back({std::move(*parent.key), std::move(node)});
    parent.key.reset();
  }
}

void TreeBuilder::attach_key(Open& map, Node key) {
  if (key.is_sequence() || key.is_map()) {
    diagnostics_.error(key.at, "a key must be text, not a list or a mapping",
                       source_.text.find("${") == std::string_view::npos ? "" : "quote \"${NAME}\"");
  } else if (key.is_null()) {
    diagnostics_.error(key.at, key.text.empty() ? "a key is missing here" : "a key must be text",
                       key.text.empty() ? "" : fmt::format("write {}", in_quotes(key.text)));
  }
  map.key = std::move(key);
}

void TreeBuilder::check_tag(Mark at, const std::string& tag) {
  constexpr std::array<std::string_view, 10> usual{"",
                                                   "?",
                                                   "!",
                                                   "tag:yaml.org,2002:str",
                                                   "tag:yaml.org,2002:int",
                                                   "tag:yaml.org,2002:float",
                                                   "tag:yaml.org,2002:bool",
                                                   "tag:yaml.org,2002:null",
                                                   "tag:yaml.org,2002:map",
                                                   "tag:yaml.org,2002:seq"};
  if (std::find(usual.begin(), usual.end(), tag) == usual.end())
    diagnostics_.error(at, fmt::format("the tag {} has no meaning here", in_quotes(tag)),
                       "quote a text that starts with \"!\"");
}

/// The first of equal keys stays, so that later stages do not complain of the second once more.
void TreeBuilder::drop_equal_keys(Node& map) {
  std::vector<Node*> keys;
  for (Entry& entry : map.entries)
    if (entry.key.is_scalar()) keys.push_back(&entry.key);
  std::stable_sort(keys.begin(), keys.end(), [](const Node* a, const Node* b) { return a->text < b->text; });
  const Node* first = nullptr;
  for (Node* key : keys) {
    if (first == nullptr || first->text != key->text) {
      first = key;
      continue;
    }
    diagnostics_.error(key->at, fmt::format("the key {} is here twice", in_quotes(key->text)))
        .notes.push_back({first->at, "first used here"});
    key->kind = Node::Kind::null;  // no reader takes such a key; what anchors below it stand for is kept
    key->text.clear();
  }
}

/// `[fd00::, x]` is a list of maps to YAML, the first `fd00:` without a value. Nobody means that.
bool TreeBuilder::quote_forgotten(Node& map) {
  if (!map.implicit || map.entries.size() != 1) return false;
  const Node& key = map.entries.front().key;
  const Node& value = map.entries.front().value;
  if (!value.is_null() || !value.text.empty() || !key.is_scalar() || !key.plain) return false;
  const std::string_view after =
      sources_.line(key.at.file, key.at.line).substr(key.at.column - 1).substr(key.at.length);
  if (!after.starts_with(":,") && !after.starts_with(":]")) return false;
  const std::string text = key.text + ":";
  diagnostics_.error({key.at.file, key.at.line, key.at.column, key.at.length + 1},
                     "within {} and [], text that ends in \":\" must be quoted",
                     fmt::format("write {}", in_quotes(text)));
  map.kind = Node::Kind::scalar;
  map.text = text;
  map.entries.clear();
  return true;
}

/// How much to underline: a plain scalar as it stands on its line, a quoted one with its quotes.
std::uint32_t TreeBuilder::scalar_length(const YAML::Mark& mark, std::string_view value, bool plain) {
  const auto begin = static_cast<std::size_t>(mark.pos);
  const std::string_view text = source_.text.substr(std::min(begin, source_.text.size()));
  if (plain) return text.starts_with(value) ? static_cast<std::uint32_t>(std::max<std::size_t>(value.size(), 1)) : 1;
  const char quote = text.empty() ? '\0' : text[0];
  if (quote != '"' && quote != '\'') return 1;
  std::size_t end = 1;
  while (end < text.size() && (takes_next(text, end) || text[end] != quote)) end += takes_next(text, end) ? 2U : 1U;
  if (end >= text.size())
    refuse({source_.file, static_cast<std::uint32_t>(mark.line + 1), static_cast<std::uint32_t>(mark.column + 1)},
           "this quote is never closed");
  return static_cast<std::uint32_t>(std::min(end + 1, text.substr(0, end).find('\n')));  // npos is large
}

char TreeBuilder::character(const YAML::Mark& mark, std::size_t ahead) const {
  const std::size_t at = static_cast<std::size_t>(mark.pos) + ahead;
  return at < source_.text.size() ? source_.text[at] : '\0';
}

void TreeBuilder::refuse(Mark at, std::string message, std::string hint) {
  diagnostics_.error(at, std::move(message), std::move(hint));
  throw Refused();
}

}  // namespace nsbuild::specs
