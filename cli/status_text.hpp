// What `status` prints of the labs that it was told about: a table for people, JSON for programs.
#pragma once
#include "engine/lab.hpp"

#include <string>
#include <vector>

namespace nsbuild::cli {

std::string status_text(const std::vector<engine::LabStatus>& labs);
/// The stable JSON of docs/cli.md.
std::string status_json(const std::vector<engine::LabStatus>& labs);

/// "running", "exited", "stopped".
std::string state_word(const engine::ServiceStatus& service);

}  // namespace nsbuild::cli
