// Entering a lab: running a command inside a service or a bare namespace, with the caller's terminal, and bringing its
// exit code back.
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace nsbuild::engine {

struct EnterRequest {
  std::string lab;
  std::string name;                  // a service, else a namespace; `svc:` or `ns:` in front forces one
  std::vector<std::string> command;  // empty: the user's shell
  std::optional<std::string> user;   // user[:group] in the service's root
};

/// Runs the command and returns what a shell would: its exit code, 128+signal, 127 not found, 126 not executable.
/// Throws Error when there is no such lab, service or namespace, or the service is not running (its state is named).
int enter(const EnterRequest& request);
/// The same for a caller that has nothing else to do here: into a bare namespace this process goes itself, and the
/// command has its terminal.
int enter_for_good(const EnterRequest& request);

}  // namespace nsbuild::engine
