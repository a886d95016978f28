#include "engine/service/image.hpp"

// NSBUILD_INIT_IMAGE is the path of the linked program (engine/CMakeLists.txt).
asm(".pushsection .rodata\n"
    ".balign 16\n"
    "nsbuild_init_image:\n"
    ".incbin \"" NSBUILD_INIT_IMAGE
    "\"\n"
    "nsbuild_init_image_end:\n"
    ".byte 0\n"
    ".popsection\n"
    ".globl nsbuild_init_image\n"
    ".globl nsbuild_init_image_end\n");

extern "C" {
extern const char nsbuild_init_image[];
extern const char nsbuild_init_image_end[];
}

namespace nsbuild::engine {

std::string_view init_image() {
  return {nsbuild_init_image, static_cast<std::size_t>(nsbuild_init_image_end - nsbuild_init_image)};
}

}  // namespace nsbuild::engine
