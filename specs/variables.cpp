#include "specs/variables.hpp"

#include "specs/yaml/node.hpp"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

namespace nsbuild::specs {
namespace {

constexpr std::size_t deepest_default = 16;  // ${A:-${B:-...}}
constexpr std::size_t most_produced = std::size_t{64} << 20U;

constexpr const char* unset_hint =
    "set it with --set or --env-file; a shell's own $NAME is left alone, and $${ is a literal ${";
constexpr const char* form_hint = "the forms are ${NAME} and ${NAME:-default}; write $${ for a literal ${";

bool is_name(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !text.empty() && letter(text[0]) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

/// The offset of the `}` that closes the `${` at the start of `text`; defaults may hold further `${...}`.
std::size_t closing_brace(std::string_view text) {
  std::size_t open = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("${")) {
      const bool later = text.substr(i).starts_with("${{");  // ends in two braces
      open += later ? 2 : 1;
      i += later ? 2 : 1;
    } else if (text[i] == '}' && --open == 0) {
      return i;
    }
  }
  return std::string_view::npos;
}

}  // namespace

/// The text that is being replaced: its pieces are views into it, so that each can be located.
struct Variables::Input {
  std::string_view whole;
  const Locate& locate;
  Diagnostics& diagnostics;
};

std::string Variables::substitute(std::string_view text, const Locate& locate, Diagnostics& diagnostics) {
  if (text.find("${") == std::string_view::npos) return std::string(text);
  return expand({text, locate, diagnostics}, text, 0);
}

std::string Variables::expand(const Input& input, std::string_view text, std::size_t depth) {
  std::string result;
  while (!text.empty()) {
    const std::size_t dollar = std::min(text.find('$'), text.size());
    result += text.substr(0, dollar);
    text.remove_prefix(dollar);
    if (text.starts_with("$${{")) {  // a later stage makes it ${{
      result += "$${{";
      text.remove_prefix(4);
    } else if (text.starts_with("$${")) {
      result += "${";
      text.remove_prefix(3);
    } else if (text.starts_with("${{") || !text.starts_with("${")) {
      const std::size_t kept = std::min<std::size_t>(text.size(), text.starts_with("${{") ? 3 : 1);
      result += text.substr(0, kept);
      text.remove_prefix(kept);
    } else if (const std::size_t end = closing_brace(text); end != std::string_view::npos) {
      result += reference(input, text.substr(0, end + 1), depth);
      text.remove_prefix(end + 1);
    } else {
      refuse(input, text.substr(0, 2), "this ${ is never closed", form_hint);
      return result += text;
    }
  }
  return result;
}

std::string Variables::reference(const Input& input, std::string_view piece, std::size_t depth) {
  const std::string_view body = piece.substr(2, piece.size() - 3);
  const std::size_t separator = body.find(":-");
  const std::string name(body.substr(0, separator));
  std::string value(piece);
  if (!is_name(name)) {
    refuse(input, piece, fmt::format("{} is not a variable", in_quotes(piece)), form_hint);
  } else if (const auto found = lookup(name); found && (separator == std::string_view::npos || !found->empty())) {
    value = *found;
  } else if (separator == std::string_view::npos) {
    refuse(input, piece, fmt::format("variable {} is not set", in_quotes(name)), unset_hint);
  } else if (depth >= deepest_default) {
    refuse(input, piece, "defaults within defaults, too deep", form_hint);
  } else {
    value = expand(input, body.substr(separator + 2), depth + 1);
  }
  produced_ += value.size();
  if (produced_ <= most_produced) return value;
  refuse(input, piece, "the variables' values make this file too large", {});
  return {};
}

std::optional<std::string> Variables::lookup(const std::string& name) {
  used_.insert(name);
  if (const auto it = options_.set.find(name); it != options_.set.end()) return it->second;
  if (const auto it = options_.env_file.find(name); it != options_.env_file.end()) return it->second;
  if (!options_.environment) return std::nullopt;
  const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nothing here sets one
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

void Variables::refuse(const Input& input, std::string_view piece, std::string message, std::string hint) {
  const auto offset = static_cast<std::size_t>(piece.data() - input.whole.data());
  const Mark at = input.locate(offset, piece.size());
  input.diagnostics.error(at, std::move(message), std::move(hint));
  failures_.insert(at);
}

void Variables::report_unused(Diagnostics& diagnostics) const {
  for (const auto& [name, value] : options_.set)
    if (!used_.contains(name))
      diagnostics.warning({}, fmt::format("--set {}: nothing in the file uses ${{{}}}", name, name));
}

}  // namespace nsbuild::specs
