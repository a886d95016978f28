#include "specs/yaml/fold.hpp"

#include "specs/yaml/builder.hpp"
#include "specs/yaml/parse.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace nsbuild::specs {
namespace {

constexpr std::size_t shortest_run = 64;  // lines; parsing fewer takes no time

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

/// Whether YAML takes it as a plain scalar, unchanged; not all that are, but those that routes and addresses need.
bool is_plain(std::string_view words) {
  constexpr std::array<std::string_view, 3> nulls{"null", "Null", "NULL"};
  if (words.empty() || !is_letter_or_digit(words.front()) || words.back() == ' ' || words.back() == ':') return false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == ':' && words[i + 1] == ' ') return false;  // a colon is not the last
    if (!is_letter_or_digit(words[i]) && std::string_view(" ./:_-").find(words[i]) == std::string_view::npos)
      return false;
  }
  return std::find(nulls.begin(), nulls.end(), words) == nulls.end();
}

struct Item {
  std::size_t indentation = 0;
  std::string_view words;
};

/// Of a line with its newline.
std::optional<Item> item_in(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  const std::size_t dash = line.find_first_not_of(' ');
  if (dash == std::string_view::npos || !line.substr(dash).starts_with("- ")) return std::nullopt;
  const std::string_view words = line.substr(dash + 2);
  return is_plain(words) ? std::optional<Item>({dash, words}) : std::nullopt;
}

std::string_view first_line(std::string_view text) {
  return text.substr(0, std::min(text.find('\n'), text.size() - 1) + 1);
}

/// Lines that are items of one indentation.
struct Lines {
  std::size_t indentation = 0;
  std::size_t count = 0;
  std::string_view text, last;
};

Lines items_at(std::string_view text) {
  Lines lines;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view line = first_line(rest);
    const std::optional<Item> item = item_in(line);
    if (!item || (lines.count > 0 && item->indentation != lines.indentation)) break;
    lines.indentation = item->indentation;
    lines.last = line;
    ++lines.count;
    rest.remove_prefix(line.size());
  }
  lines.text = text.substr(0, text.size() - rest.size());
  return lines;
}

void leave_out(const Lines& lines, Folded& folded) {
  const std::string_view first = first_line(lines.text);
  const std::size_t missing = lines.text.size() - first.size() - lines.last.size();
  const std::size_t words_at = lines.indentation + 2;
  Run run;
  run.first = folded.text.size() + words_at;
  run.cut = folded.text.size() + first.size();
  run.last = run.cut + words_at;
  run.first_words = item_in(first)->words;
  run.last_words = item_in(lines.last)->words;
  run.missing = lines.text.substr(first.size(), missing);
  run.bytes = missing + (folded.runs.empty() ? 0 : folded.runs.back().bytes);
  run.lines = lines.count - 2 + (folded.runs.empty() ? 0 : folded.runs.back().lines);
  folded.runs.push_back(run);
  folded.text.append(first).append(lines.last);
}

bool stands_at(const YAML::Mark& mark, std::size_t offset) { return static_cast<std::size_t>(mark.pos) == offset; }

}  // namespace

Folded fold(std::string_view text) {
  Folded folded;
  while (!text.empty()) {
    const Lines lines = items_at(text);
    if (lines.count >= shortest_run)
      leave_out(lines, folded);
    else
      folded.text.append(lines.count > 0 ? lines.text : first_line(text));
    text.remove_prefix(lines.count > 0 ? lines.text.size() : first_line(text).size());
  }
  return folded;
}

void FoldCheck::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         const std::string& value) {
  if (passed_ == runs_.size()) return;
  const Run& run = runs_[passed_];
  const bool plain = tag == "?" && anchor == 0;
  if (between_) {
    if (!plain || !stands_at(mark, run.last) || value != run.last_words) throw Refused();
    between_ = false;
    ++passed_;
  } else {
    between_ = plain && stands_at(mark, run.first) && value == run.first_words;
  }
}

void FoldCheck::OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) {
  open();
}

void FoldCheck::OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) { open(); }

void FoldCheck::other() const {
  if (between_) throw Refused();
}

void FoldCheck::open() {
  other();
  if (++depth_ > deepest_nesting) throw Refused();
}

void FoldCheck::close() {
  other();
  --depth_;
}

void Unfolder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                        const std::string& value) {
  const YAML::Mark at = original(mark);
  next_.OnScalar(at, tag, anchor, value);
  if (inserted_ < runs_.size() && stands_at(mark, runs_[inserted_].first)) insert(runs_[inserted_++], at, tag);
}

/// The items between, `first` being the mark of the one before them.
void Unfolder::insert(const Run& run, YAML::Mark first, const std::string& tag) {
  std::string words;
  std::size_t length = run.first_words.size() + 1;  // from one item's words to the next line
  for (std::string_view rest = run.missing; !rest.empty(); rest.remove_prefix(first_line(rest).size())) {
    const auto column = static_cast<std::size_t>(first.column);
    words.assign(first_line(rest).substr(column));
    words.pop_back();
    first.pos += static_cast<int>(length + column);
    ++first.line;
    length = words.size() + 1;
    next_.OnScalar(first, tag, 0, words);
  }
}

YAML::Mark Unfolder::original(YAML::Mark mark) const {
  const auto behind = std::upper_bound(runs_.begin(), runs_.end(), mark.pos,
                                       [](int pos, const Run& run) { return pos < static_cast<int>(run.cut); });
  if (behind == runs_.begin()) return mark;
  mark.pos += static_cast<int>((behind - 1)->bytes);
  mark.line += static_cast<int>((behind - 1)->lines);
  return mark;
}

}  // namespace nsbuild::specs
