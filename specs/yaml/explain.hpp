// What yaml-cpp complains of, in words that say what to write instead.
#pragma once
#include "specs/yaml/builder.hpp"

#include <optional>

#include <yaml-cpp/exceptions.h>

namespace nsbuild::specs {

/// Reports the exception at the place of the mistake, as far as that can be told; `open` is what was open then.
void explain(const YamlText& source, const YAML::ParserException& e, const std::optional<OpenFlow>& open,
             const Sources& sources, Diagnostics& diagnostics);

}  // namespace nsbuild::specs
