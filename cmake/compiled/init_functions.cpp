// Only in the coverage build, where the init is compiled with -finstrument-functions: notes each function that it
// enters in a file, one byte for each byte of the program, through a mapping that all inits inherit from the spawner.
// An init is killed, or leaves the machine's file system, long before it could write down anything.
#include "engine/init/freestanding/raw.hpp"

#include <asm/unistd.h>
#include <fcntl.h>
#include <sys/mman.h>

extern "C" const char __executable_start;

namespace {

char* entered = nullptr;
bool tried = false;

[[gnu::no_instrument_function]] void map_file() noexcept {
  using nsbuild::init::raw_call;
  tried = true;
  const long file =
      raw_call(__NR_openat, AT_FDCWD, reinterpret_cast<long>(NSBUILD_INIT_FUNCTIONS), O_RDWR | O_CLOEXEC, 0, 0, 0);
  if (file < 0) return;  // nobody wants to know
  const long place = raw_call(__NR_mmap, 0, NSBUILD_INIT_SIZE_MAX, PROT_WRITE, MAP_SHARED, file, 0);
  raw_call(__NR_close, file, 0, 0, 0, 0, 0);
  if (place > 0) entered = reinterpret_cast<char*>(place);
}

}  // namespace

extern "C" {

[[gnu::no_instrument_function]] void __cyg_profile_func_enter(void* function, void*) noexcept {
  if (!tried) map_file();
  const auto offset = static_cast<unsigned long>(static_cast<char*>(function) - &__executable_start);
  if (entered != nullptr && offset < NSBUILD_INIT_SIZE_MAX) entered[offset] = 1;
}

[[gnu::no_instrument_function]] void __cyg_profile_func_exit(void*, void*) noexcept {}
}
