// A file of the lab's directory that is only ever seen whole: written beside its place, then renamed.
#pragma once
#include <string>

namespace nsbuild::engine {

/// Throws SysError and leaves the file that was there as it was.
void replace_file(const std::string& path, const std::string& text);

}  // namespace nsbuild::engine
