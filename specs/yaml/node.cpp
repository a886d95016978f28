#include "specs/yaml/node.hpp"

#include <algorithm>

namespace nsbuild::specs {
namespace {

constexpr std::size_t longest_quote = 60;

/// The offset in `source` of the scalar's text when it stands there as it is, behind a quote or not.
std::optional<std::size_t> find_verbatim(std::string_view source, std::size_t from, std::string_view text) {
  if (from > source.size()) return std::nullopt;
  const bool behind_quote = source.substr(from).starts_with('"') || source.substr(from).starts_with('\'');
  const std::size_t start = from + (behind_quote ? 1 : 0);
  if (!source.substr(start).starts_with(text)) return std::nullopt;
  return start;
}

/// A line of a literal block: the text's line number `number` (from 0) stands on the source line that many below `|`.
Mark within_block(const Sources& sources, const Node& scalar, std::size_t offset, std::size_t length) {
  const std::string_view text = scalar.text;
  if (!sources.line(scalar.at.file, scalar.at.line).substr(scalar.at.column - 1).starts_with('|')) return scalar.at;
  const std::size_t start = offset == 0 ? 0 : text.rfind('\n', offset - 1) + 1;  // npos + 1 is 0: the first line
  const auto number =
      static_cast<std::uint32_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(start), '\n'));
  const std::uint32_t line = scalar.at.line + 1 + number;
  const std::string_view source = sources.line(scalar.at.file, line);
  const std::string_view content = text.substr(start, text.find('\n', start) - start);
  if (!source.ends_with(content)) return scalar.at;
  const std::size_t column = source.size() - content.size() + (offset - start) + 1;
  return {scalar.at.file, line, static_cast<std::uint32_t>(column), static_cast<std::uint32_t>(length)};
}

}  // namespace

const Entry* find(const Node& map, std::string_view key) {
  const auto it =
      std::find_if(map.entries.begin(), map.entries.end(), [&](const Entry& e) { return e.key.text == key; });
  return it == map.entries.end() ? nullptr : &*it;
}

bool Budget::take(std::size_t text_bytes) {
  if (nodes == 0 || bytes < text_bytes) return false;
  nodes -= 1;
  bytes -= text_bytes;
  return true;
}

Mark within(const Sources& sources, const Node& scalar, std::size_t offset, std::size_t length) {
  if (!scalar.at || scalar.at.column == 0) return scalar.at;
  const std::string_view source = sources.line(scalar.at.file, scalar.at.line);
  if (scalar.at.column > source.size()) return scalar.at;
  if (scalar.text.find('\n') != std::string::npos) return within_block(sources, scalar, offset, length);
  const auto start = find_verbatim(source, scalar.at.column - 1, scalar.text);
  if (!start) return scalar.at;
  return {scalar.at.file, scalar.at.line, static_cast<std::uint32_t>(*start + offset + 1),
          static_cast<std::uint32_t>(std::max<std::size_t>(length, 1))};
}

std::string in_quotes(std::string_view text) {
  std::string result = "\"";
  std::size_t end = std::min(text.size(), longest_quote);
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80) --end;
  for (const char c : text.substr(0, end)) {
    if (c == '\n') {
      result += "\\n";
    } else {
      result += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    }
  }
  if (end < text.size()) result += "...";
  return result += '"';
}

}  // namespace nsbuild::specs
