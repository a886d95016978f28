// Where a lab keeps what is not in the kernel: /run/nsbuild/<lab>/ and the names in it.
#pragma once
#include <string>
#include <vector>

namespace nsbuild::engine {

/// NSBUILD_RUN_DIR, or /run/nsbuild. Never ends in a slash.
std::string run_dir();
bool is_default_run_dir();
std::string lab_dir(const std::string& lab);
/// Names of the labs that have a directory there, sorted.
std::vector<std::string> labs_on_record();

std::string log_dir(const std::string& lab);                               // <lab_dir>/log
std::string hosts_path(const std::string& lab, const std::string& name);   // <lab_dir>/hosts/<place[.service]>
std::string resolv_path(const std::string& lab, const std::string& name);  // <lab_dir>/resolv.conf/<place>

/// Makes run_dir() and lab_dir(lab), both 0700 root; throws Error when one exists and is somebody else's or writable by
/// others.
void make_lab_dir(const std::string& lab);

}  // namespace nsbuild::engine
