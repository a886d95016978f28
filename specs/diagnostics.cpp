#include "specs/diagnostics.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace nsbuild::specs {
namespace {

std::vector<std::size_t> find_line_starts(std::string_view text) {
  std::vector<std::size_t> starts{0};
  for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
    starts.push_back(at + 1);
  return starts;
}

}  // namespace

std::uint32_t Sources::add(std::string name, std::string text) {
  auto starts = find_line_starts(text);
  sources_.push_back({std::move(name), std::move(text), std::move(starts)});
  return static_cast<std::uint32_t>(sources_.size() - 1);
}

const std::string& Sources::name(std::uint32_t file) const {
  static const std::string unknown = "<unknown>";
  const std::uint32_t own = resolved({file}).file;
  return own < sources_.size() ? sources_[own].name : unknown;
}

std::string_view Sources::line(std::uint32_t file, std::uint32_t line) const {
  const std::uint32_t own = resolved({file}).file;
  if (own >= sources_.size() || line == 0 || line > sources_[own].line_starts.size()) return {};
  const Source& source = sources_[own];
  // The ends are looked up, not searched for: a line may have megabytes, and be asked for by each word of it.
  const std::size_t start = source.line_starts[line - 1];
  const std::size_t end = line < source.line_starts.size() ? source.line_starts[line] - 1 : source.text.size();
  std::string_view text = std::string_view(source.text).substr(start, end - start);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

std::uint32_t Sources::view(std::uint32_t file, Mark used, std::string why) {
  const auto number = static_cast<std::uint32_t>(first_view + views_.size());
  const auto [known, added] = view_numbers_.try_emplace({file, used}, number);
  if (added) views_.push_back({file, {used, std::move(why)}});
  return known->second;
}

std::vector<std::uint32_t> Sources::views() const {
  std::vector<std::uint32_t> own;
  for (const View& view : views_) own.push_back(view.of < first_view ? view.of : own[view.of - first_view]);
  return own;
}

Mark Sources::resolved(Mark mark) const {
  while (mark.file >= first_view && mark.file - first_view < views_.size())
    mark.file = views_[mark.file - first_view].of;
  return mark;
}

std::vector<Note> Sources::uses(Mark mark) const {
  std::vector<Note> notes;
  while (mark.file >= first_view && mark.file - first_view < views_.size()) {
    notes.push_back(views_[mark.file - first_view].used);
    mark.file = views_[mark.file - first_view].of;
  }
  return notes;
}

Diagnostic& Diagnostics::error(Mark at, std::string message, std::string hint) {
  return all_.emplace_back(Diagnostic{Severity::error, at, std::move(message), std::move(hint), {}});
}

Diagnostic& Diagnostics::warning(Mark at, std::string message, std::string hint) {
  return all_.emplace_back(Diagnostic{Severity::warning, at, std::move(message), std::move(hint), {}});
}

bool Diagnostics::failed(bool strict) const {
  return std::any_of(all_.begin(), all_.end(),
                     [strict](const Diagnostic& d) { return strict || d.severity == Severity::error; });
}

std::vector<Diagnostic> Diagnostics::sorted() const {
  std::vector<Diagnostic> result = all_;
  std::stable_sort(result.begin(), result.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.at.file, a.at.line, a.at.column) < std::tie(b.at.file, b.at.line, b.at.column);
  });
  const auto same = [](const Diagnostic& a, const Diagnostic& b) {
    return a.at == b.at && a.severity == b.severity && a.message == b.message;
  };
  result.erase(std::unique(result.begin(), result.end(), same), result.end());
  return result;
}

}  // namespace nsbuild::specs
