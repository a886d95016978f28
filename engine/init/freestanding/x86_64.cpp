// x86-64: calling conventions of the System V ABI and of the kernel (syscall(2)).
#include "engine/init/freestanding/raw.hpp"

namespace nsbuild::init {

long raw_call(long number, long a, long b, long c, long d, long e, long f) noexcept {
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = f;
  asm volatile("syscall" : "+a"(number) : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  return number;
}

}  // namespace nsbuild::init

// The kernel starts a program with argc on top of the stack and argv above it; 231 is exit_group.
asm(".pushsection .text\n"
    ".globl _start\n"
    "_start:\n"
    "  xor %ebp, %ebp\n"
    "  mov (%rsp), %edi\n"
    "  lea 8(%rsp), %rsi\n"
    "  and $-16, %rsp\n"
    "  call main\n"
    "  mov %eax, %edi\n"
    "  mov $231, %eax\n"
    "  syscall\n"
    "  hlt\n"
    ".popsection\n");

// The child uses the same stack and overwrites the return address, so it waits in a register; 58 is vfork.
asm(".pushsection .text\n"
    ".globl vfork\n"
    "vfork:\n"
    "  pop %rdx\n"
    "  mov $58, %eax\n"
    "  syscall\n"
    "  push %rdx\n"
    "  mov %rax, %rdi\n"
    "  jmp nsbuild_call_result\n"
    ".popsection\n");
