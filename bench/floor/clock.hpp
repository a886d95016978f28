// Seconds, and failing: the two things that every part of the floor needs.
#pragma once
#include <cerrno>
#include <chrono>
#include <string>
#include <system_error>

namespace floor_bench {

inline double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

[[noreturn]] inline void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// `result`, unless it is the -1 of a system call that failed.
template <class T>
T check(T result, const std::string& what) {
  if (result == T{-1}) fail(what);
  return result;
}

}  // namespace floor_bench
