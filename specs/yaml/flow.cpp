// The classical slip in `{}` and `[]`: a value such as h[1-50] or fd00:: that had to be quoted. yaml-cpp reports it, if
// at all, somewhere later as a collection that does not end.
#include "specs/yaml/parse.hpp"

#include <algorithm>

namespace nsbuild::specs {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_bracket(char c) { return c == '[' || c == ']' || c == '{' || c == '}'; }

/// Walks through one flow collection and gathers the plain scalars that cannot be what their author meant.
class FlowReader {
 public:
  FlowReader(std::string_view text, std::size_t start) : text_(text), at_(start) {}

  std::vector<Unquoted> read() {
    do step();
    while (!open_.empty() && at_ < text_.size() && found_.size() < most_found);
    return std::move(found_);
  }

 private:
  static constexpr std::size_t most_found = 20;

  char here(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\n'; }

  void step() {
    const char c = here();
    if (c == '{' || c == '[') {
      open_.push_back(c);
      value_ = c == '[';
      ++at_;
    } else if (c == '}' || c == ']') {
      open_.pop_back();
      value_ = true;
      ++at_;
    } else if (c == ',') {
      value_ = open_.back() == '[';
      ++at_;
    } else if (c == ':') {
      value_ = true;
      ++at_;
    } else if (c == '"' || c == '\'') {
      skip_quoted(c);
    } else if (c == '#') {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (is_blank(c) || (c == '?' && is_blank(here(1)))) {
      ++at_;
    } else {
      plain();
    }
  }

  void skip_quoted(char quote) {
    for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_)
      if (quote == '"' && text_[at_] == '\\') ++at_;
    ++at_;
  }

  /// A plain scalar to its end, as YAML sees it; when that end is not one, to where its author meant it.
  void plain() {
    const std::size_t start = at_;
    while (at_ < text_.size() && !ends_plain()) ++at_;
    const char c = here();
    const bool bracket = c == '[' || c == '{';
    const bool colon = c == ':' && value_ && (here(1) == ',' || is_bracket(here(1)));
    const bool question = c == '?';  // YAML has no quarrel with it; yaml-cpp 0.7 has
    if (!bracket && !colon && !question) return;
    at_ = std::max(at_ + 1, word_end(start));
    found_.push_back({start, at_ - start});
  }

  bool ends_plain() const {
    const char c = here();
    if (c == ',' || c == '\n' || c == '?' || is_bracket(c)) return true;
    if (c == ':') return is_blank(here(1)) || here(1) == ',' || is_bracket(here(1));
    return c == '#' && at_ > 0 && is_blank(text_[at_ - 1]);
  }

  /// The end of what was meant: brackets within it counted, up to a comma, `: `, or the collection's own bracket.
  std::size_t word_end(std::size_t from) const {
    std::size_t depth = 0;
    std::size_t at = from;
    for (; at < text_.size() && text_[at] != '\n'; ++at) {
      const char c = text_[at];
      const char following = at + 1 < text_.size() ? text_[at + 1] : '\n';
      if (c == '[' || c == '{') ++depth;
      if ((c == ']' || c == '}') && depth-- == 0) break;
      if (depth == 0 && (c == ',' || (c == ':' && is_blank(following)))) break;
    }
    while (at > from && is_blank(text_[at - 1])) --at;
    return at;
  }

  std::string_view text_;
  std::size_t at_;
  std::string open_;
  bool value_ = false;  // at the place of a value, where a last colon belongs to the text
  std::vector<Unquoted> found_;
};

}  // namespace

std::vector<Unquoted> find_unquoted(std::string_view text, std::size_t start) { return FlowReader(text, start).read(); }

}  // namespace nsbuild::specs
