#include "engine/init/base.hpp"

#include <sys/mman.h>
#include <sys/stat.h>

namespace nsbuild::init {
namespace {
constexpr std::size_t arena_size = std::size_t{16} << 20U;  // address space, not memory
}

Arena::Arena() noexcept {
  void* memory = mmap(nullptr, arena_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory != MAP_FAILED) base_ = static_cast<char*>(memory);
}

Arena::~Arena() {
  if (base_ != nullptr) munmap(base_, arena_size);
}

char* Arena::take(std::size_t size) noexcept {
  const std::size_t rounded = (size + 15U) & ~std::size_t{15};
  if (base_ == nullptr || rounded < size || rounded > arena_size - used_) return nullptr;
  char* memory = base_ + used_;
  used_ += rounded;
  return memory;
}

std::size_t Arena::left() const noexcept { return base_ == nullptr ? 0 : arena_size - used_; }

Mapping::Mapping(int fd) noexcept {
  struct stat status {};
  if (fstat(fd, &status) != 0 || status.st_size <= 0) return;
  size_ = static_cast<std::size_t>(status.st_size);
  void* memory = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd, 0);
  if (memory != MAP_FAILED) base_ = static_cast<const char*>(memory);
}

Mapping::~Mapping() {
  if (base_ != nullptr) munmap(const_cast<char*>(base_), size_);
}

bool append(char* buffer, std::size_t capacity, const char* text) noexcept {
  const std::size_t have = std::strlen(buffer);
  const std::size_t more = std::strlen(text);
  const bool fits = have + more < capacity;
  const std::size_t count = fits ? more : capacity - 1 - have;
  std::memcpy(buffer + have, text, count);
  buffer[have + count] = '\0';
  return fits;
}

void Failure::set(int why, const char* what, const char* detail) noexcept {
  error = why;
  text[0] = '\0';
  append(text, sizeof text, what);
  if (*what != '\0' && *detail != '\0') append(text, sizeof text, ": ");
  append(text, sizeof text, detail);
}

Decimal::Decimal(unsigned long value) noexcept {
  char* end = text + sizeof text - 1;
  *end = '\0';
  do *--end = static_cast<char>('0' + value % 10);
  while ((value /= 10) != 0);
  std::memmove(text, end, static_cast<std::size_t>(text + sizeof text - end));
}

}  // namespace nsbuild::init
