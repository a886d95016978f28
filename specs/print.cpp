// Diagnostics as text: the position, the source line, and a caret below what is meant.
#include "specs/diagnostics.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>

#include <fmt/format.h>

namespace nsbuild::specs {
namespace {

/// A line longer than this is shown as a window around the caret: a 10 MB line must not flood a terminal.
constexpr std::size_t widest_line = 160;
constexpr std::size_t context_before_caret = 60;
/// What a range made many of has as many mistakes in one place; so few may still be different ones.
constexpr std::size_t most_in_one_place = 3;
/// Nobody reads on after so many.
constexpr std::size_t most_printed = 1000;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80; }

/// What a terminal could take for a command is shown as `?`.
std::string printable(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) c = '?';
  return result;
}

struct Palette {
  const char *bold = "", *error = "", *warning = "", *note = "", *caret = "", *reset = "";
};
constexpr Palette plain_palette;
constexpr Palette color_palette{"\x1b[1m", "\x1b[1;31m", "\x1b[1;35m", "\x1b[1;36m", "\x1b[1;32m", "\x1b[0m"};

class Printer {
 public:
  Printer(const Sources& sources, bool strict, bool color)
      : sources_(sources), strict_(strict), palette_(color ? color_palette : plain_palette) {}

  void print(const Diagnostic& diagnostic) {
    const bool error = strict_ || diagnostic.severity == Severity::error;
    entry(diagnostic.at, error ? "error" : "warning", error ? palette_.error : palette_.warning, diagnostic.message,
          diagnostic.hint);
    for (const Note& used : sources_.uses(diagnostic.at)) note(used);
    for (const Note& each : diagnostic.notes) note(each);
  }

  std::string take() { return std::move(out_); }

 private:
  void note(const Note& note) { entry(note.at, "note", palette_.note, note.text, ""); }

  void entry(Mark at, std::string_view kind, std::string_view color, std::string_view message, std::string_view hint) {
    const std::string name = printable(sources_.name(at.file));
    const std::string place = at ? fmt::format("{}:{}:{}:", name, at.line, at.column) : name + ":";
    out_ += fmt::format("{}{}{} {}{}:{} {}", palette_.bold, place, palette_.reset, color, kind, palette_.reset,
                        printable(message));
    const bool shown = at && !sources_.line(at.file, at.line).empty();
    if (!shown && !hint.empty()) out_ += fmt::format(" ({})", printable(hint));
    out_ += '\n';
    if (shown) source_line(at, hint);
  }

  void source_line(Mark at, std::string_view hint) {
    const std::string_view line = sources_.line(at.file, at.line);
    const std::size_t caret = std::min<std::size_t>(at.column - 1, line.size());
    const auto [from, to] = window(line, caret);
    const std::string_view shown = line.substr(from, to - from);
    const std::string_view dots_before = from > 0 ? "..." : "";
    const std::string_view dots_after = to < line.size() ? "..." : "";
    out_ += fmt::format("{:5} | {}{}{}\n", at.line, dots_before, printable(shown), dots_after);
    out_ += fmt::format("      | {}{}{}{}{}{}{}\n", std::string(dots_before.size(), ' '),
                        padding(shown.substr(0, caret - from)), palette_.caret,
                        underline(shown.substr(caret - from, at.length)), palette_.reset, hint.empty() ? "" : " ",
                        printable(hint));
  }

  /// The part of the line to show, from and to a whole character.
  static std::pair<std::size_t, std::size_t> window(std::string_view line, std::size_t caret) {
    if (line.size() <= widest_line) return {0, line.size()};
    std::size_t from = caret > context_before_caret ? caret - context_before_caret : 0;
    std::size_t to = std::min(line.size(), from + widest_line);
    while (from > 0 && is_continuation(line[from])) --from;
    while (to < line.size() && is_continuation(line[to])) ++to;
    return {from, to};
  }

  /// As wide as `text`, its tabs kept, one column a character.
  static std::string padding(std::string_view text) {
    std::string result;
    for (const char c : text)
      if (!is_continuation(c)) result += c == '\t' ? '\t' : ' ';
    return result;
  }

  static std::string underline(std::string_view text) {
    const auto width = std::count_if(text.begin(), text.end(), [](char c) { return !is_continuation(c); });
    return "^" + std::string(width > 1 ? static_cast<std::size_t>(width - 1) : 0, '~');
  }

  const Sources& sources_;
  bool strict_;
  Palette palette_;
  std::string out_;
};

}  // namespace

std::string print(const Diagnostics& diagnostics, const Sources& sources, bool strict, bool color) {
  std::vector<Diagnostic> all = diagnostics.sorted();
  const auto where = [&](const Diagnostic& d) {
    const Mark at = sources.resolved(d.at);
    return std::tuple(at.file, at.line, at.column);
  };
  std::stable_sort(all.begin(), all.end(), [&](const auto& a, const auto& b) { return where(a) < where(b); });
  // A mistake in a profile is one mistake, however many entries use it.
  std::set<std::pair<Mark, std::string>> seen;
  std::map<std::pair<Mark, Severity>, std::size_t> in_one_place;
  std::erase_if(all, [&](const Diagnostic& d) {
    const Mark at = sources.resolved(d.at);
    const bool fresh = seen.emplace(at, d.message).second;
    if (fresh && at) ++in_one_place[{at, d.severity}];
    return !fresh;
  });
  Printer printer(sources, strict, color);
  std::size_t printed = 0;
  std::set<std::pair<Mark, Severity>> summed_up;
  for (Diagnostic& diagnostic : all) {
    const std::pair place{sources.resolved(diagnostic.at), diagnostic.severity};
    const auto count = in_one_place.find(place);
    if (count != in_one_place.end() && count->second > most_in_one_place) {
      if (!summed_up.insert(place).second) continue;
      diagnostic.message += fmt::format(" (and {} more of this kind)", count->second - 1);
    }
    if (++printed <= most_printed) printer.print(diagnostic);
  }
  if (printed <= most_printed) return printer.take();
  return printer.take() + fmt::format("... and {} more\n", printed - most_printed);
}

}  // namespace nsbuild::specs
