#include "engine/service/log_tail.hpp"

#include "engine/error.hpp"
#include "engine/service/log_file.hpp"

#include <algorithm>
#include <optional>

namespace nsbuild::engine {
namespace {

constexpr std::size_t lines_max = 20;
constexpr std::uint64_t bytes_max = 16384;

/// Printable, so that a log cannot play with the terminal; UTF-8 stays.
std::string harmless(std::string_view line) {
  std::string text;
  for (const char c : line) text += (c >= 0 && c < ' ' && c != '\t') || c == '\x7f' ? '?' : c;
  return text;
}

std::string read_end(const std::string& lab, const std::string& service, const init::LogPlace& start) {
  const std::optional<Log> log = open_log(lab, service);
  if (!log) return {};
  const std::uint64_t from = log->position(start);
  const std::uint64_t size = log->size();
  return log->read(size > bytes_max ? std::max(from, size - bytes_max) : from, size);
}

}  // namespace

std::string log_tail(const std::string& lab, const std::string& service, const init::LogPlace& start) {
  std::string text;
  try {
    text = read_end(lab, service, start);
  } catch (const Error&) {
    return {};  // what it is told with is more important
  }
  while (text.ends_with('\n')) text.pop_back();
  if (text.empty()) return "; it has written nothing";
  std::size_t from = text.size();
  for (std::size_t lines = 0; lines < lines_max && from != std::string::npos && from > 0; ++lines)
    from = text.rfind('\n', from - 1);
  std::string_view rest = std::string_view(text).substr(from == std::string::npos || from == 0 ? 0 : from + 1);
  std::string tail = "; its log ends with";
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    tail += "\n    " + harmless(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return tail;
}

}  // namespace nsbuild::engine
