// Where a lab keeps what is not in the kernel: /run/nsbuild/<lab>/ and the names in it.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

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
/// Names of the labs that have a directory there, sorted.
std::vector<std::string> labs_on_record();

std::string log_dir(const std::string& lab);                               // <lab_dir>/log
std::string hosts_path(const std::string& lab, const std::string& name);   // <lab_dir>/hosts/<place[.service]>
std::string resolv_path(const std::string& lab, const std::string& name);  // <lab_dir>/resolv.conf/<place>

/// Makes run_dir() and lab_dir(lab), both 0700 root; throws Error when one exists and is somebody else's or writable by
/// others. False when the lab's own was there.
bool make_lab_dir(const std::string& lab);

}  // namespace nsbuild::engine
