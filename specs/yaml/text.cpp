// Whether a file is text at all. yaml-cpp guesses encodings, takes 0x04 for the end and has no opinion on the rest.
#include "specs/yaml/parse.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace nsbuild::specs {
namespace {

/// Open brackets without a closing one: yaml-cpp 0.7 keeps a token for each, 200 bytes, before it reports the first.
constexpr std::size_t most_open_brackets = 10'000;

/// The length of the well-formed UTF-8 sequence at the start of `text` (RFC 3629, section 4); 0 when there is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto tail = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i)
      if ((byte(i) & 0xc0U) != 0x80) return false;
    return true;
  };
  const unsigned first = byte(0);
  const unsigned second = byte(1);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return tail(1, 2) ? 2 : 0;
  if (first == 0xe0) return second >= 0xa0 && tail(1, 3) ? 3 : 0;
  if (first == 0xed) return second <= 0x9f && tail(1, 3) ? 3 : 0;  // no surrogates
  if (first >= 0xe1 && first <= 0xef) return tail(1, 3) ? 3 : 0;
  if (first == 0xf0) return second >= 0x90 && tail(1, 4) ? 4 : 0;
  if (first >= 0xf1 && first <= 0xf3) return tail(1, 4) ? 4 : 0;
  if (first == 0xf4) return second <= 0x8f && tail(1, 4) ? 4 : 0;
  return 0;
}

bool is_control(std::string_view text, std::size_t at) {
  const auto c = static_cast<unsigned char>(text[at]);
  if (c == '\r') return at + 1 >= text.size() || text[at + 1] != '\n';
  return (c < 0x20 && c != '\t' && c != '\n') || c == 0x7f;
}

struct Fault {
  std::size_t at = 0;
  std::string message;
};

std::optional<Fault> find_fault(std::string_view text) {
  std::size_t open = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (is_control(text, i))
      return Fault{i, fmt::format("a control character (0x{:02x}): this is not a text file", text[i])};
    const std::size_t length = utf8_length(text.substr(i));
    if (length == 0) return Fault{i, "this is not UTF-8 text"};
    if (text[i] == '[' || text[i] == '{') ++open;
    if ((text[i] == ']' || text[i] == '}') && open > 0) --open;
    if (open > most_open_brackets) return Fault{i, "too many brackets are open"};
    i += length;
  }
  return std::nullopt;
}

Mark mark_at(std::uint32_t file, std::string_view text, std::size_t at) {
  const std::string_view before = text.substr(0, at);
  const auto line = static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n') + 1);
  const std::size_t start = before.rfind('\n') + 1;  // npos + 1 is 0: the first line
  return {file, line, static_cast<std::uint32_t>(at - start + 1)};
}

}  // namespace

bool check_text(std::string& text, std::uint32_t file, Diagnostics& diagnostics) {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (text.starts_with(byte_order_mark)) text.erase(0, byte_order_mark.size());
  const auto fault = find_fault(text);
  if (fault) diagnostics.error(mark_at(file, text, fault->at), fault->message);
  return !fault;
}

}  // namespace nsbuild::specs
