// Where a lab keeps what is not in the kernel: /run/nsbuild/<lab>/ and the names in it. Nothing in there is a symbolic
// link but the notes of engine/service/work_directory.cpp, so none is followed.
#pragma once
#include "engine/fd.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace nsbuild::engine {

/// NSBUILD_RUN_DIR, or /run/nsbuild. Never ends in a slash.
std::string run_dir();
bool is_default_run_dir();

/// What tells a run directory from another one of the same path, which a container or another mount namespace may
/// have: its file system and the directory that it is in. It outlives the run directory itself, which goes with the
/// last lab.
struct RunDirIdentity {
  std::uint64_t device = 0;  // st_dev of the run directory
  std::uint64_t inode = 0;   // st_ino of its parent
  bool operator==(const RunDirIdentity&) const = default;
};
RunDirIdentity run_dir_identity();
std::string lab_dir(const std::string& lab);

std::string log_dir(const std::string& lab);                               // <lab_dir>/log
std::string hosts_path(const std::string& lab, const std::string& name);   // <lab_dir>/hosts/<place[.service]>
std::string resolv_path(const std::string& lab, const std::string& name);  // <lab_dir>/resolv.conf/<place>

/// Throws Error when the run directory is there and somebody else could write into it, or put another one in its place.
void require_private_run_dir();
/// Makes run_dir() and lab_dir(lab), both 0700 root; throws Error when one exists and is somebody else's or writable by
/// others, or when the lab's is no lab's. False when the lab's own was there.
bool make_lab_dir(const std::string& lab);

/// A file or directory of a lab's directory by its name in there ("journal.json", "log"), CLOEXEC; "" is the directory.
/// None when it cannot be opened; errno is ELOOP when a symbolic link is in the way (openat2(2), RESOLVE_NO_SYMLINKS).
Fd open_in_lab(const std::string& lab, const std::string& name, int flags, mode_t mode = 0);
/// For an open_in_lab() that failed; names the file.
[[noreturn]] void throw_unopened(const std::string& lab, const std::string& name);
/// What a regular file holds; none when there is no such file, or a symbolic link instead. Throws SysError when it
/// cannot be read.
std::optional<std::string> read_in_lab(const std::string& lab, const std::string& name);
/// What a directory holds, sorted; nothing when there is none, or a symbolic link instead. Throws SysError, too.
std::vector<std::string> names_in_lab(const std::string& lab, const std::string& directory);
/// A directory (0755), unless it is there. Throws SysError, also when something else is there.
void make_dir_in_lab(const std::string& lab, const std::string& directory);
/// Removes a file, if it is there. Throws SysError.
void remove_in_lab(const std::string& lab, const std::string& directory, const std::string& name);

/// All of it; throws SysError.
void write_whole(const Fd& fd, const std::string& text, const std::string& path);

}  // namespace nsbuild::engine
