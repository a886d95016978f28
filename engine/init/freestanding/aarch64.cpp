// AArch64: calling conventions of the procedure call standard and of the kernel (syscall(2)).
#include "engine/init/freestanding/raw.hpp"

namespace nsbuild::init {

long raw_call(long number, long a, long b, long c, long d, long e, long f) noexcept {
  register long x8 asm("x8") = number;
  register long x0 asm("x0") = a;
  register long x1 asm("x1") = b;
  register long x2 asm("x2") = c;
  register long x3 asm("x3") = d;
  register long x4 asm("x4") = e;
  register long x5 asm("x5") = f;
  asm volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
}

}  // namespace nsbuild::init

// The kernel starts a program with argc on top of the stack and argv above it; 94 is exit_group.
asm(".pushsection .text\n"
    ".globl _start\n"
    "_start:\n"
    "  mov x29, #0\n"
    "  mov x30, #0\n"
    "  ldr w0, [sp]\n"
    "  add x1, sp, #8\n"
    "  bl main\n"
    "  mov x8, #94\n"
    "  svc #0\n"
    ".popsection\n");

// There is no vfork: clone (220) with CLONE_VM | CLONE_VFORK | SIGCHLD. The return address is in x30 all the time.
asm(".pushsection .text\n"
    ".globl vfork\n"
    "vfork:\n"
    "  mov x0, #0x4111\n"
    "  mov x1, #0\n"
    "  mov x2, #0\n"
    "  mov x3, #0\n"
    "  mov x4, #0\n"
    "  mov x8, #220\n"
    "  svc #0\n"
    "  b nsbuild_call_result\n"
    ".popsection\n");
