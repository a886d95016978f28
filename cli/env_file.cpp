#include "cli/exit.hpp"
#include "cli/topology.hpp"

#include <cctype>
#include <string_view>

#include <fmt/format.h>

namespace nsbuild::cli {

namespace {

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

bool is_name(std::string_view text) {
  if (text.empty() || std::isdigit(static_cast<unsigned char>(text[0])) != 0) return false;
  return text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") ==
         std::string_view::npos;
}

/// The text between double quotes; none when the closing one is missing or something but a comment follows it.
std::optional<std::string> double_quoted(std::string_view text) {
  std::string value;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      const auto rest = trim(text.substr(i + 1));
      if (rest.empty() || rest[0] == '#') return value;
      return std::nullopt;
    }
    if (text[i] == '\\' && i + 1 < text.size()) {
      ++i;
      value += text[i] == 'n' ? '\n' : text[i] == 't' ? '\t' : text[i];
    } else {
      value += text[i];
    }
  }
  return std::nullopt;
}

std::optional<std::string> single_quoted(std::string_view text) {
  const auto end = text.find('\'', 1);
  if (end == std::string_view::npos) return std::nullopt;
  const auto rest = trim(text.substr(end + 1));
  if (!rest.empty() && rest[0] != '#') return std::nullopt;
  return std::string(text.substr(1, end - 1));
}

std::string unquoted(std::string_view text) {
  auto comment = text.starts_with('#') ? 0 : text.find(" #");
  return std::string(trim(text.substr(0, comment)));
}

std::optional<std::string> parse_value(std::string_view text) {
  if (text.starts_with('"')) return double_quoted(text);
  if (text.starts_with('\'')) return single_quoted(text);
  return unquoted(text);
}

}  // namespace

std::map<std::string, std::string> parse_env_file(const std::string& path, const std::string& text) {
  std::map<std::string, std::string> values;
  std::size_t number = 0;
  for (std::size_t start = 0; start < text.size();) {
    const auto end = std::min(text.find('\n', start), text.size());
    auto line = trim(std::string_view(text).substr(start, end - start));
    start = end + 1;
    ++number;
    if (line.empty() || line[0] == '#') continue;
    if (line.starts_with("export ")) line = trim(line.substr(7));
    const auto equals = line.find('=');
    const auto name = trim(line.substr(0, equals));
    if (equals == std::string_view::npos || !is_name(name))
      throw InputError(fmt::format("{}:{}: expected NAME=VALUE", path, number));
    auto value = parse_value(trim(line.substr(equals + 1)));
    if (!value)
      throw InputError(fmt::format("{}:{}: the quotes round the value of {} do not match", path, number, name));
    values.insert_or_assign(std::string(name), std::move(*value));
  }
  return values;
}

}  // namespace nsbuild::cli
