// Why the engine cannot go on, in words that name the resource and carry the kernel's own.
#pragma once
#include <cerrno>
#include <stdexcept>
#include <string>
#include <vector>

namespace nsbuild::engine {

/// Printed once, by main. The text is complete: what was tried, on what, and why it failed.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// An errno with what was being done; errno is captured before anything else can change it.
class SysError : public Error {
 public:
  /// "what: strerror (ENAME)"
  explicit SysError(const std::string& what, int error = errno);
  /// The same with better words than strerror's: netlink's extended acknowledgement.
  SysError(const std::string& what, const std::string& kernel_words, int error);
  int code() const { return code_; }

 private:
  int code_;
};

/// Throws one Error for all of them, a line each, if there are any.
void refuse(const std::vector<std::string>& reasons);

/// "ENETUNREACH" for 101; "errno 4711" when unknown.
std::string errno_name(int error);

}  // namespace nsbuild::engine
