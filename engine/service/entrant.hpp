// The process that enters a lab: the child that nsbuild forks, what it does on the way in, and the command it becomes.
#pragma once
#include "engine/fd.hpp"
#include "engine/service/terminal.hpp"

#include <csignal>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace nsbuild::engine {

/// All that the child needs, made before the fork.
struct Entrance {
  Fd init;                 // pidfd of a service's init: all its namespaces; else
  Fd netns;                // a bare network namespace, with the mounts of
  std::string operations;  // a launch (engine/init/wire.hpp) of its own, as compile_visit() makes it
  std::vector<std::string> command;
  bool or_default_shell = false;         // /bin/sh when the command does not exist there
  std::vector<std::string> environment;  // NAME=value
  bool add_user = false;                 // HOME and USER of the user, unless given
  std::string user;                      // user[:group]; "" is root
  std::optional<TerminalSettings> terminal;
  Fd record;  // of a service (engine/init/wire.hpp): user, groups, umask, limits, nice and directory as its command's
  int output = -1;  // a descriptor: both outputs go there, no input comes, and the session is the command's own
};

/// The child, and what it said on the way.
struct Entrant {
  pid_t pid = 0;
  Fd channel;          // what it says arrives here, until hear_out()
  Fd master;           // of its pseudo-terminal
  int exec_error = 0;  // the command could not be run
};

/// Into a bare namespace the calling process goes itself, for good, and starts the command there, with this mask of
/// signals; for what is to have no terminal, record or output. One whose command cannot be run has been reaped. What is
/// said of the entrance in the machine's file system is `seen` once it is mounted. Throws Error when the namespace
/// cannot be entered.
Entrant go_in(const Entrance& entrance, const sigset_t& signals, const std::function<void()>& seen);

/// Forks; returns at once, when the child is still on its way.
Entrant fork_entrant(const Entrance& entrance);

/// Returns when the command runs or the child has ended. Throws Error when the namespaces could not be entered. Who
/// forked reaps.
void hear_out(Entrant& entrant);

/// Both; a child whose command cannot be run has been reaped.
Entrant start_entrant(const Entrance& entrance);

}  // namespace nsbuild::engine
