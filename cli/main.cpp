#include "cli/app.hpp"

#include <malloc.h>

int main(int argc, char** argv) {
  // Memory that grows by a page at a time makes two threads wait for one lock of the kernel's, that of the address
  // space.
  constexpr int step = 4 << 20;
  ::mallopt(M_TOP_PAD, step);
  return nsbuild::cli::run({argv + 1, argv + argc});
}
