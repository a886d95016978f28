#include "engine/error.hpp"

#include <cstring>

namespace nsbuild::engine {

namespace {

std::string words(int error) {
  const char* text = strerrordesc_np(error);
  return text != nullptr ? text : "Unknown error " + std::to_string(error);
}

}  // namespace

SysError::SysError(const std::string& what, int error)
    : Error(what + ": " + words(error) + " (" + errno_name(error) + ")"), code_(error) {}

SysError::SysError(const std::string& what, const std::string& kernel_words, int error)
    : Error(what + ": " + kernel_words + " (" + errno_name(error) + ")"), code_(error) {}

void refuse(const std::vector<std::string>& reasons) {
  if (reasons.empty()) return;
  std::string all;
  for (const std::string& reason : reasons) all += (all.empty() ? "" : "\n") + reason;
  throw Error(all);
}

std::string errno_name(int error) {
  const char* name = strerrorname_np(error);
  return name != nullptr ? name : "errno " + std::to_string(error);
}

}  // namespace nsbuild::engine
