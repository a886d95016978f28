// --timings: the phases of a command as text and as a part of a JSON document.
#pragma once
#include <string>

namespace nsbuild::cli {

/// A line a phase on standard error, in milliseconds; nothing unless they were asked for.
void print_timings();

/// The document with a last key `timings`, unless they were not asked for. `json` is an object, written over several
/// lines.
std::string with_timings(std::string json);

}  // namespace nsbuild::cli
