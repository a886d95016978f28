// The key reference of docs/language.md, out of the key tables; a test keeps the page and the tables in step.
#pragma once
#include "specs/tables.hpp"

#include <string>

namespace nsbuild::specs {

/// A table of Markdown: key, type, default, meaning and an example of each key, in the order of the key table.
std::string key_reference(const TableView& table);

}  // namespace nsbuild::specs
