// What tests in a world ask and tell it: shell commands, and ip(8)'s JSON.
#pragma once
#include <string>

#include <nlohmann/json.hpp>

namespace nsbuild::engine::testing {

/// Everything that the command prints.
std::string output(const std::string& command);
/// Must succeed.
void shell(const std::string& command);
/// `ip -d -j` in a namespace of lab "t", or on the host.
nlohmann::json ip(const std::string& place, const std::string& words);
/// Null when there is no such device.
nlohmann::json link_of(const std::string& place, const std::string& device);

}  // namespace nsbuild::engine::testing
