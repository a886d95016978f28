// The program that services' inits are born from, as it is embedded into this binary.
#pragma once
#include <string_view>

namespace nsbuild::engine {

/// An ELF file: the static program of engine/init.
std::string_view init_image();

}  // namespace nsbuild::engine
