#include "cli/version.hpp"

namespace nsbuild::cli {

const char* version() { return NSBUILD_VERSION; }

}  // namespace nsbuild::cli
