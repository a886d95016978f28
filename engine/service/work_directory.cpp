#include "engine/service/work_directory.hpp"

#include "engine/error.hpp"
#include "engine/fd.hpp"
#include "engine/rundir.hpp"
#include "engine/service/find.hpp"

#include <cerrno>
#include <filesystem>

#include <fcntl.h>
#include <sys/file.h>
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

/// A work directory, locked against other nsbuilds while it changes hands; none when it is not there.
Fd lock(const fs::path& work) {
  Fd directory(open(work.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  while (directory && flock(directory.get(), LOCK_EX) != 0)
    if (errno != EINTR) throw SysError("lock " + work.string());
  return directory;
}

/// Who has it is said by a symbolic link to nothing, `<lab directory>/<service>`: overlayfs leaves it alone.
fs::path holder_of(const fs::path& work) { return work / "holder"; }
fs::path called(const std::string& lab, const std::string& service) { return fs::path(lab_dir(lab)) / service; }

/// An apply that has the lab's lock may be about to start it.
bool is_locked(const fs::path& lab_directory) {
  const Fd file(open((lab_directory / "lock").c_str(), O_RDONLY | O_CLOEXEC));
  return file && flock(file.get(), LOCK_SH | LOCK_NB) != 0;
}

bool is_taken(const fs::path& holder, const std::string& lab) {
  const fs::path theirs = holder.parent_path();
  if (is_alive(theirs.parent_path(), theirs.filename(), holder.filename())) return true;
  return theirs != lab_dir(lab) && is_locked(theirs);
}

void refuse(const std::string& upper, const fs::path& holder) {
  const fs::path theirs = holder.parent_path();
  const std::string where = theirs.parent_path() == run_dir() ? "" : " (in " + theirs.parent_path().string() + ")";
  throw Error("upper " + upper + " is that of an overlay of service " + holder.filename().string() + " of lab " +
              theirs.filename().string() + where + "; two overlays cannot keep what is written in one directory");
}

/// False when the directory was removed in between.
bool claim(const std::string& upper, const fs::path& work, const std::string& lab, const std::string& service) {
  make_directory(work);
  const Fd held = lock(work);
  if (!held) return false;
  std::error_code missing;
  const fs::path mine = called(lab, service);
  const fs::path holder = fs::read_symlink(holder_of(work), missing);
  if (holder == mine) return true;
  if (!holder.empty() && is_taken(holder, lab)) refuse(upper, holder);
  unlink(holder_of(work).c_str());
  if (symlink(mine.c_str(), holder_of(work).c_str()) == 0) return true;
  if (errno != ENOENT && errno != EEXIST) throw SysError("symlink " + holder_of(work).string());
  return false;
}

void remove_work(const fs::path& work, const fs::path& mine) {
  std::error_code ignored;
  const Fd held = lock(work);
  const fs::path holder = fs::read_symlink(holder_of(work), ignored);
  if (held && (holder.empty() || holder == mine)) fs::remove_all(work, ignored);
}

void remove_noted(const fs::path& notes, const std::string& lab) {
  std::error_code ignored;
  for (const auto& note : fs::directory_iterator(notes, ignored)) {
    const fs::path noted = fs::read_symlink(note.path(), ignored);
    if (noted.filename().string().ends_with(".nsbuild-work")) remove_work(noted, called(lab, notes.filename()));
  }
  fs::remove_all(notes, ignored);
}

}  // namespace

std::string work_directory(const std::string& upper) {
  fs::path path = fs::path(upper).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  return path.parent_path() / ("." + path.filename().string() + ".nsbuild-work");
}

namespace {

/// The note comes first: a directory that nobody knows of would stay.
void claim_all(const std::string& lab, const planner::Service& service) {
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
    while (!claim(mount.upper, path, lab, service.name)) {
    }
  }
}

}  // namespace

void make_work_directories(const std::string& lab, const planner::Service& service) {
  try {
    claim_all(lab, service);
  } catch (const Error&) {
    remove_work_directories(lab, service.name);
    throw;
  }
}

void remove_work_directories(const std::string& lab, const std::string& service) {
  if (!service.empty()) return remove_noted(notes_of(lab) + "/" + service, lab);
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(notes_of(lab), ignored)) remove_noted(entry.path(), lab);
}

}  // namespace nsbuild::engine
