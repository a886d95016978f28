// What a command works with to its end, of which the kernel takes back all memory at once: maps of thousands of
// resources need not be taken apart first, entry by entry.
#pragma once
#include <deque>
#include <utility>

namespace nsbuild::cli {

/// Lives until the process is gone, and its destructor never runs: not for what stands for something outside of memory.
template <class T>
const T& kept(T value) {
  static auto* const all = new std::deque<T>;
  return all->emplace_back(std::move(value));
}

}  // namespace nsbuild::cli
