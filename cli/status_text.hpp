// What `status` prints of the labs that it was told about: a table for people, JSON for programs.
#pragma once
#include "engine/lab.hpp"

#include <string>
#include <vector>

namespace nsbuild::cli {

std::string status_text(const std::vector<engine::LabStatus>& labs);
/// The stable JSON of docs/cli.md.
std::string status_json(const std::vector<engine::LabStatus>& labs);

/// "ready", "running", "restarting", "completed", "exited", "stopped".
std::string state_word(const engine::ServiceStatus& service);
/// Whether the process that runs now was found ready.
bool is_known_ready(const engine::ServiceStatus& service);

}  // namespace nsbuild::cli
