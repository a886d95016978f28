// Text in columns, as status prints it.
#pragma once
#include <string>
#include <vector>

namespace nsbuild::cli {

/// Every column as wide as its widest cell, two blanks between, `indent` blanks in front; no blanks at the end of
/// lines.
std::string table(const std::vector<std::vector<std::string>>& rows, std::size_t indent);

}  // namespace nsbuild::cli
