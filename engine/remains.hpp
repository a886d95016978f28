// Counting again after a destroy: what of a lab is still on the machine, and who holds on to it.
#pragma once
#include <map>
#include <string>
#include <vector>

#include <sys/types.h>

namespace nsbuild::engine {

/// nsfs inodes of the lab's namespaces, with their names.
std::map<ino_t, std::string> namespace_inodes(const std::string& lab);

/// Pins, host devices and services of the lab, one line each.
std::vector<std::string> remains_of(const std::string& lab);

/// Processes that are in one of these namespaces ("namespace client: held by pid 12 (sleep 1000)"), or in one without a
/// pin that carries the lab's mark: what an earlier destroy left in their hands.
std::vector<std::string> holders_of(const std::string& lab, const std::map<ino_t, std::string>& namespaces);

/// Removes regular files at the lab's pins that a killed apply or another boot left. Only of the names that are given.
void remove_stale_pins(const std::string& lab, const std::vector<std::string>& names);

}  // namespace nsbuild::engine
