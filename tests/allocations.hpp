// How often a test program has asked for memory: what says that work grows as it should, on a busy machine too. For one
// source file of a program: it replaces the operators of all of it.
#pragma once
#include <cstddef>
#include <cstdlib>
#include <new>

namespace nsbuild {

inline std::size_t allocation_count = 0;

inline std::size_t allocations() { return allocation_count; }

}  // namespace nsbuild

// Not inlined, or g++ takes malloc and delete, new and free for pairs that do not match.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++nsbuild::allocation_count;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}

// What may fail asks here, too: AddressSanitizer has one of its own, whose memory is not free()'s.
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++nsbuild::allocation_count;
  return std::malloc(size == 0 ? 1 : size);
}

[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
