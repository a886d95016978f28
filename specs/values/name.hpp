// What a namespace, a network, a service or a lab may be called.
#pragma once
#include <algorithm>
#include <cstddef>
#include <string_view>

namespace nsbuild::specs {

inline constexpr std::size_t longest_name = 64;

/// [A-Za-z0-9_-]+, of any length.
inline bool has_name_characters(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

/// The same, and at most longest_name bytes.
inline bool is_name(std::string_view text) { return text.size() <= longest_name && has_name_characters(text); }

}  // namespace nsbuild::specs
