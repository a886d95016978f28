// A service's log, printed and followed.
#pragma once
#include <string>

namespace nsbuild::engine {

/// Copies the log to standard output. With `follow` it goes on as the log grows, until SIGINT, SIGTERM or SIGHUP, until
/// nobody reads it any more, or until the log is removed. Throws Error when the service never had one.
void print_log(const std::string& lab, const std::string& service, bool follow);

}  // namespace nsbuild::engine
