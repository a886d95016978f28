// Did-you-mean: the known word that a mistyped one is closest to.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace nsbuild::specs {

/// `did you mean "addresses"?`, or empty when nothing is near enough.
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace nsbuild::specs
