// What a destroy leaves that no observation shows: namespaces that somebody holds, and files where pins were.
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include <sys/types.h>

namespace nsbuild::engine {

/// Namespaces that carry the lab's mark and have processes in them, by nsfs inode. Called before a destroy, those
/// without a pin are what an earlier one left in somebody's hands, and are called so.
std::map<ino_t, std::string> inhabited_namespaces(const std::string& lab);

/// Processes that are in one of these namespaces, which are given with what to call them: "namespace client: held by
/// pid 12 (sleep 1000)". Asks no namespace anything: while many die the kernel would not answer soon.
std::vector<std::string> holders_of(const std::map<ino_t, std::string>& namespaces);

/// Removes regular files at the lab's pins that a killed apply or another boot left. Only of the names that are given.
void remove_stale_pins(const std::string& lab, const std::set<std::string>& names);

}  // namespace nsbuild::engine
