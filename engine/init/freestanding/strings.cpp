// The functions of <cstring> and <cstdlib> that the init uses, and those that compilers call unasked. Plain loops: all
// they ever see is paths and a passwd file.
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstddef>
#include <cstdint>

extern "C" {

void* memset(void* to, int value, std::size_t size) {
  for (auto* p = static_cast<char*>(to); size > 0; --size) *p++ = static_cast<char>(value);
  return to;
}

void* memcpy(void* __restrict to, const void* __restrict from, std::size_t size) {
  const auto* s = static_cast<const char*>(from);
  for (auto* p = static_cast<char*>(to); size > 0; --size) *p++ = *s++;
  return to;
}

void* memmove(void* to, const void* from, std::size_t size) {
  auto* p = static_cast<char*>(to);
  const auto* s = static_cast<const char*>(from);
  if (p < s)
    for (; size > 0; --size) *p++ = *s++;
  else
    while (size-- > 0) p[size] = s[size];
  return to;
}

int memcmp(const void* a, const void* b, std::size_t size) {
  const auto* p = static_cast<const unsigned char*>(a);
  const auto* q = static_cast<const unsigned char*>(b);
  for (; size > 0; --size, ++p, ++q)
    if (*p != *q) return *p - *q;
  return 0;
}

std::size_t strlen(const char* text) {
  std::size_t size = 0;
  while (text[size] != '\0') ++size;
  return size;
}

int strncmp(const char* a, const char* b, std::size_t size) {
  for (; size > 0; --size, ++a, ++b)
    if (*a != *b || *a == '\0') return static_cast<unsigned char>(*a) - static_cast<unsigned char>(*b);
  return 0;
}

int strcmp(const char* a, const char* b) { return strncmp(a, b, SIZE_MAX); }

char* stpcpy(char* __restrict to, const char* __restrict from) {
  while ((*to = *from) != '\0') ++to, ++from;
  return to;
}

char* strcpy(char* __restrict to, const char* __restrict from) {
  stpcpy(to, from);
  return to;
}

// C has one function for both kinds of pointer.
char* strchr(const char* text, int wanted) {
  for (;; ++text) {
    if (*text == static_cast<char>(wanted)) return const_cast<char*>(text);
    if (*text == '\0') return nullptr;
  }
}

char* strrchr(const char* text, int wanted) {
  const char* last = nullptr;
  for (;; ++text) {
    if (*text == static_cast<char>(wanted)) last = text;
    if (*text == '\0') return const_cast<char*>(last);
  }
}

char* strstr(const char* text, const char* wanted) {
  const std::size_t size = strlen(wanted);
  for (; strncmp(text, wanted, size) != 0; ++text)
    if (*text == '\0') return nullptr;
  return const_cast<char*>(text);
}

char* strsep(char** rest, const char* delimiters) {
  char* start = *rest;
  if (start == nullptr) return nullptr;
  char* end = start;
  while (*end != '\0' && strchr(delimiters, *end) == nullptr) ++end;
  *rest = *end == '\0' ? nullptr : end + 1;
  *end = '\0';
  return start;
}

/// Decimal digits only.
unsigned long strtoul(const char* text, char** end, int) {
  unsigned long value = 0;
  for (; *text >= '0' && *text <= '9'; ++text) {
    const auto digit = static_cast<unsigned long>(*text - '0');
    if (value > (ULONG_MAX - digit) / 10) errno = ERANGE;
    value = value * 10 + digit;
  }
  if (end != nullptr) *end = const_cast<char*>(text);
  return value;
}

int atoi(const char* text) { return static_cast<int>(strtoul(text, nullptr, 10)); }

int sigemptyset(sigset_t* set) noexcept { return memset(set, 0, sizeof *set), 0; }
int sigfillset(sigset_t* set) noexcept { return memset(set, 0xff, sizeof *set), 0; }

}  // extern "C"
