// What exists of labs, and what was cleaned up: tables for people, JSON for programs.
#pragma once
#include "engine/gc.hpp"

#include <string>
#include <vector>

namespace nsbuild::cli {

std::string residue_text(const std::vector<engine::Remnant>& things);
std::string gc_text(const engine::GcReport& report, bool dry_run);

/// The stable JSON of docs/cli.md.
std::string residue_json(const std::vector<engine::Remnant>& things);
std::string gc_json(const engine::GcReport& report);

}  // namespace nsbuild::cli
