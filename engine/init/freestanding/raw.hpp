// What the freestanding init needs of the processor; one file per architecture in this folder defines it, together with
// the program's entry point and vfork(2).
#pragma once

namespace nsbuild::init {

/// The kernel's own answer: a value, or a negated errno (syscall(2)).
long raw_call(long number, long a, long b, long c, long d, long e, long f) noexcept;

}  // namespace nsbuild::init
