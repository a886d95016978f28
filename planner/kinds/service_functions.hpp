// The shell functions that the scripts of services are made of.
#pragma once

namespace nsbuild::planner {

/// Defines `$isolate`, to be read by the shell that becomes the service.
extern const char* const isolation_functions;
/// Defines `stop_service`.
extern const char* const ending_functions;

}  // namespace nsbuild::planner
