// What the init program is built of: memory that is given back whole, and a failure in words. No heap, no exceptions.
#pragma once
#include "engine/init/wire.hpp"

#include <cstddef>
#include <cstring>

namespace nsbuild::init {

/// Zeroed memory that goes back to the kernel at once when the arena ends, so that an init stays as small as it was
/// born. Pages cost only once touched.
class Arena {
 public:
  Arena() noexcept;
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  /// Null when it is used up.
  char* take(std::size_t size) noexcept;
  std::size_t left() const noexcept;
  template <class T>
  T* array(std::size_t count) noexcept {
    return reinterpret_cast<T*>(take(count * sizeof(T)));
  }

 private:
  char* base_ = nullptr;
  std::size_t used_ = 0;
};

/// A memfd mapped for reading; its pages are shared with whoever else has them.
class Mapping {
 public:
  explicit Mapping(int fd) noexcept;
  ~Mapping();
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  explicit operator bool() const { return base_ != nullptr; }
  template <class T>
  const T* at(std::size_t offset) const noexcept {
    return reinterpret_cast<const T*>(base_ + offset);
  }
  const char* text(Span span) const noexcept { return base_ + span.offset; }

 private:
  const char* base_ = nullptr;
  std::size_t size_ = 0;
};

/// Why it did not work: what was being done, and the errno (0 when the text says it all).
struct Failure {
  int error = 0;
  char text[report_text_max] = {};

  /// Joins the parts with ": "; empty ones are left out.
  void set(int why, const char* what, const char* detail = "") noexcept;
};

/// Appends to a NUL-terminated buffer; false when it does not fit.
bool append(char* buffer, std::size_t capacity, const char* text) noexcept;

/// A string copied piece by piece into the arena: concat(arena, "upper", "3"). Null when the arena is used up.
template <class... Parts>
char* concat(Arena& arena, const Parts*... parts) noexcept {
  const std::size_t size = (std::strlen(parts) + ... + 1U);
  char* text = arena.take(size);
  if (text != nullptr) (append(text, size, parts), ...);
  return text;
}

/// A number in decimal, in a buffer of its own.
struct Decimal {
  char text[24];
  explicit Decimal(unsigned long value) noexcept;
};

}  // namespace nsbuild::init
