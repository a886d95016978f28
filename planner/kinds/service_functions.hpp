// The shell functions that the scripts of services are made of.
#pragma once

namespace nsbuild::planner {

/// Defines `$isolate`, to be read by the shell that becomes the service.
extern const char* const isolation_functions;
/// Further ones, defined after it where a service needs them.
extern const char* const overlay_functions;   // stack
extern const char* const terminal_functions;  // terminals, fresh
extern const char* const device_functions;    // minimal_dev, which needs the terminal functions
extern const char* const root_functions;      // freeze, throw_away, enter_root
extern const char* const group_functions;     // gid_of, memberships
/// Defines `service_pid`, the first process of a service of a lab, and `await_service`, which lets it start.
extern const char* const finding_functions;
/// Defines `stop_service`.
extern const char* const ending_functions;

}  // namespace nsbuild::planner
