// What the reader could not check of a service, because a text of it held `${{...}}`: done once those are resolved.
#pragma once
#include "specs/diagnostics.hpp"
#include "specs/spec.hpp"

namespace nsbuild::specs {

/// `said` is the service as it was read, `settled` the same with its references resolved. Checks the texts that had
/// some, makes their paths absolute and normal, and reads the files that they name.
void settle(const Service& said, Service& settled, Diagnostics& diagnostics);

}  // namespace nsbuild::specs
