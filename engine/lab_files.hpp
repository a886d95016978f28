// What of a run directory is a lab's, and what of a lab's directory nsbuild makes: anything else in there is
// somebody's, and stays.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace nsbuild::engine {

/// In a lab's directory. Files:
inline constexpr const char* lock_file = "lock";
inline constexpr const char* journal_file = "journal.json";
inline constexpr const char* names_file = "names";
inline constexpr const char* originals_file = "sysctls";
/// A visit's hosts file; the visitor's PID and `-` follow.
inline constexpr const char* visitor_prefix = "visitor-";
/// Behind the name of a file that is being written.
inline constexpr const char* draft_suffix = ".new";
/// Directories, with all that is in them:
inline constexpr const char* hosts_directory = "hosts";
inline constexpr const char* resolver_directory = "resolv.conf";
inline constexpr const char* log_directory = "log";
inline constexpr const char* overlay_directory = "overlay";

/// Whether nsbuild makes a file or directory of that name in a lab's directory.
bool is_lab_file(std::string_view name);
/// What else there is in a lab's directory, by path.
std::vector<std::string> strangers_in_lab(const std::string& lab);

/// Whether run_dir() has a directory of that name which is a lab's: with a lock or a journal in it, or empty and 0700,
/// as it is for a moment when it is made. These throw SysError when that cannot be seen.
bool has_lab_dir(const std::string& lab);
/// The labs that have a directory, sorted.
std::vector<std::string> labs_on_record();

/// What a lab's directory is called while it is being removed.
std::string half_removed_dir(const std::string& lab);
/// The labs whose directory was being removed, sorted.
std::vector<std::string> half_removed_labs();

/// Removes what nsbuild has made in a directory of a lab, the lock last, and then the directory, unless something else
/// is in it. Throws SysError.
void remove_lab_files(const std::string& directory);

}  // namespace nsbuild::engine
