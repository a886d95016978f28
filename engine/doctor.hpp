// What this kernel and this user can do, found out by trying each thing in namespaces of their own that end with the
// trial.
#pragma once
#include <string>
#include <vector>

namespace nsbuild::engine {

struct Finding {
  std::string name;     // "veth pairs"
  std::string purpose;  // what of nsbuild needs it
  bool needed = false;  // without it nothing works; else only what `purpose` says does not
  std::string refusal;  // why it is not there, in the kernel's words; empty when it is
  bool available() const { return refusal.empty(); }
};

/// Every check, in the order of printing. Who lacks the privilege has the kernel tried in a user namespace, if it may
/// have one. Must be called from a process with one thread: it forks.
std::vector<Finding> examine();

/// "Linux 6.18.5 x86_64" (uname(2)).
std::string kernel_version();

}  // namespace nsbuild::engine
