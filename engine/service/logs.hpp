// A service's log, printed and followed.
#pragma once
#include "engine/service/log_file.hpp"

#include <optional>
#include <string>

namespace nsbuild::engine {

struct LogRequest {
  std::string lab, service;
  bool follow = false;
  std::optional<std::size_t> tail;  // only so many lines of what there is
  std::optional<WallTime> since;    // only what may have been written then or later
};

/// Copies the log to standard output. With `follow` it goes on as the log grows, until SIGINT, SIGTERM or SIGHUP, until
/// nobody reads it any more, or until the log is removed. Throws Error when the service never had one.
void print_log(const LogRequest& request);

}  // namespace nsbuild::engine
