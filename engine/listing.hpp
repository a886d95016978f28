// What there is at a path. That nothing is there is an answer; that it cannot be seen is an error, because what counts
// as gone is made anew, forgotten or left behind.
#pragma once
#include "engine/fd.hpp"

#include <string>
#include <vector>

namespace nsbuild::engine {

/// Whether an errno says that there is nothing of that name (in /proc also: not any more).
bool is_absence(int error);
/// Whether it says that no more can be opened now, whatever is there.
bool is_scarcity(int error);

/// What a file of /proc says, whole: "" when there is none, the process has ended, or it is not ours to read. Throws
/// SysError when it cannot be opened or read just now.
std::string text_of_proc(const std::string& path);

/// Where a link of /proc leads, as far as PATH_MAX bytes; "" and SysError likewise.
std::string link_of_proc(const std::string& path);

/// lstat(2): a link is there, too. Both throw SysError when that cannot be known.
bool is_there(const std::string& path);
bool is_directory(const std::string& path);

/// What a directory holds, sorted, without "." and ".."; nothing when there is no such directory. Throws SysError when
/// it cannot be read.
std::vector<std::string> names_in(const std::string& directory);
/// The same of one that is open for reading; `path` is for the error.
std::vector<std::string> names_in(Fd directory, const std::string& path);

}  // namespace nsbuild::engine
