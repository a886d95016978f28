#include "engine/service/log_tail.hpp"

#include "engine/fd.hpp"
#include "engine/rundir.hpp"

#include <algorithm>
#include <array>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nsbuild::engine {
namespace {

constexpr std::size_t lines_max = 20;
constexpr std::size_t bytes_max = 16384;

/// Printable, so that a log cannot play with the terminal; UTF-8 stays.
std::string harmless(std::string_view line) {
  std::string text;
  for (const char c : line) text += (c >= 0 && c < ' ' && c != '\t') || c == '\x7f' ? '?' : c;
  return text;
}

std::string read_end(const std::string& path, std::uint64_t start) {
  const Fd log(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!log || ::fstat(log.get(), &status) != 0) return {};
  const auto size = static_cast<std::uint64_t>(status.st_size);
  std::uint64_t from = start <= size ? start : 0;
  if (size - from > bytes_max) from = size - bytes_max;
  std::array<char, bytes_max> bytes{};
  const ssize_t got = ::pread(log.get(), bytes.data(), size - from, static_cast<off_t>(from));
  return {bytes.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
}

}  // namespace

std::string log_tail(const std::string& lab, const std::string& service, std::uint64_t start) {
  std::string text = read_end(log_path(lab, service), start);
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
