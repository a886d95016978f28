// A process that cannot open anything, for a moment.
#pragma once
#include "engine/error.hpp"

#include <functional>

#include <sys/resource.h>

namespace nsbuild::engine::testing {

/// No further descriptor can be opened while this lives.
class NoDescriptors {
 public:
  NoDescriptors() {
    know_errors();
    getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit none{0, before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  /// UBSan asks once for each class, at whatever is done with an object, whether its memory is there: by a pipe.
  static void know_errors() {
    try {
      throw SysError("look", 0);
    } catch (const SysError& error) {
      [[maybe_unused]] const SysError copy(error);
      static_cast<void>(copy.code());
    }
  }

  rlimit before_{};
};

/// The errno of the SysError that `look` throws then; 0 when it throws none.
inline int code_without_descriptors(const std::function<void()>& look) {
  const NoDescriptors scarcity;
  try {
    look();
  } catch (const SysError& error) {
    return error.code();
  }
  return 0;
}

}  // namespace nsbuild::engine::testing
