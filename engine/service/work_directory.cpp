#include "engine/service/work_directory.hpp"

#include "engine/error.hpp"
#include "engine/rundir.hpp"

#include <cerrno>
#include <filesystem>

#include <sys/stat.h>
#include <unistd.h>

namespace nsbuild::engine {
namespace {

namespace fs = std::filesystem;

/// Holds a directory for each service, and in it a symbolic link to each of its work directories.
std::string notes_of(const std::string& lab) { return lab_dir(lab) + "/overlay"; }

void make_directory(const std::string& path) {
  if (mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return;
  throw SysError("mkdir " + path);
}

void remove_noted(const fs::path& notes) {
  std::error_code ignored;
  for (const auto& note : fs::directory_iterator(notes, ignored)) {
    const fs::path noted = fs::read_symlink(note.path(), ignored);
    if (noted.filename().string().ends_with(".nsbuild-work")) fs::remove_all(noted, ignored);
  }
  fs::remove_all(notes, ignored);
}

}  // namespace

std::string work_directory(const std::string& upper) {
  fs::path path = fs::path(upper).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  return path.parent_path() / ("." + path.filename().string() + ".nsbuild-work");
}

/// The note comes first: a directory that nobody knows of would stay.
void make_work_directories(const std::string& lab, const planner::Service& service) {
  const std::string notes = notes_of(lab) + "/" + service.name;
  std::size_t count = 0;
  for (const planner::Mount& mount : service.mounts) {
    if (mount.upper.empty()) continue;
    const std::string path = work_directory(mount.upper);
    make_directory(notes_of(lab));
    make_directory(notes);
    const std::string note = notes + "/" + std::to_string(count++);
    unlink(note.c_str());
    if (symlink(path.c_str(), note.c_str()) != 0) throw SysError("symlink " + note);
    make_directory(path);
  }
}

void remove_work_directories(const std::string& lab, const std::string& service) {
  if (!service.empty()) return remove_noted(notes_of(lab) + "/" + service);
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(notes_of(lab), ignored)) remove_noted(entry.path());
}

}  // namespace nsbuild::engine
