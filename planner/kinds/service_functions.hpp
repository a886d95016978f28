// The shell functions that the scripts of services are made of.
#pragma once

namespace nsbuild::planner {

/// Defines `$isolate`, to be read by the init of a service.
extern const char* const isolation_functions;
/// Further ones, defined after it where a service needs them.
extern const char* const overlay_functions;   // stack
extern const char* const terminal_functions;  // terminals, fresh
extern const char* const device_functions;    // minimal_dev, which needs the terminal functions
extern const char* const root_functions;      // freeze, throw_away, enter_root
/// Defines gid_of and memberships, for the shell that becomes the command.
extern const char* const group_functions;
/// Define `init_of` and `command_of`, the processes of a service whoever started it, and `now`. All further ones need
/// `$lab` and these.
extern const char* const finding_functions;
/// Define `init` and `enter`.
extern const char* const running_functions;
/// Define `stop` and `end`.
extern const char* const ending_functions;

}  // namespace nsbuild::planner
