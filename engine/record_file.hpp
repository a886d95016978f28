// A file of the lab's directory that is only ever seen whole: written beside its place, then renamed.
#pragma once
#include <string>

namespace nsbuild::engine {

/// 0600. Throws Error and leaves the file that was there as it was, and no draft beside it.
void replace_in_lab(const std::string& lab, const std::string& name, const std::string& text);

}  // namespace nsbuild::engine
