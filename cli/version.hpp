// The program's version, as CMakeLists.txt says it.
#pragma once

namespace nsbuild::cli {

const char* version();

}  // namespace nsbuild::cli
