// The directory that an overlay with an upper of its own needs beside it (overlayfs.rst: `workdir`, on the same mount):
// hidden, there while the service is, and noted in the lab's directory so that none is forgotten. In it stands whose it
// is: two overlays on one upper would spoil each other's files.
#pragma once
#include "planner/kinds/service.hpp"

#include <string>
#include <vector>

namespace nsbuild::engine {

/// `/srv/data` has its work in `/srv/.data.nsbuild-work`.
std::string work_directory(const std::string& upper);

/// Makes those of the service. Throws SysError, and Error when another service that lives has one, of whichever lab.
void make_work_directories(const std::string& lab, const planner::Service& service);

/// Removes those of the service. Throws SysError for the first that cannot be removed; what stays stays noted.
void remove_work_directories(const std::string& lab, const std::string& service);
/// The same of all services of the lab that do not live.
void remove_stray_work_directories(const std::string& lab);
/// The same, as far as it can be: what stays a destroy lists, and so does status --residue.
void sweep_work_directories(const std::string& lab);

/// Those of all services of the lab that are there.
std::vector<std::string> work_directories(const std::string& lab);

}  // namespace nsbuild::engine
