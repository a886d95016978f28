#include "engine/service/work_directory.hpp"

#include "engine/error.hpp"
#include "engine/fd.hpp"
#include "engine/lab_files.hpp"
#include "engine/listing.hpp"
#include "engine/rundir.hpp"
#include "engine/service/find.hpp"

#include <array>
#include <cerrno>
#include <climits>
#include <exception>
#include <filesystem>
#include <optional>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nsbuild::engine {
namespace {

namespace fs = std::filesystem;

/// Holds a directory for each service, and in it a symbolic link to each of its work directories.
std::string notes_of(const std::string& lab) { return lab_dir(lab) + '/' + overlay_directory; }

/// One that is there already may be anybody's, where others can write: then it must be ours, and no link.
void make_directory(const std::string& path) {
  if (mkdir(path.c_str(), 0700) == 0) return;
  if (errno != EEXIST) throw SysError("mkdir " + path);
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) throw SysError("stat " + path);
  if (!S_ISDIR(status.st_mode) || status.st_uid != geteuid()) throw Error(path + " is there, and is not nsbuild's");
}

/// A work directory, locked against other nsbuilds while it changes hands; none when it is not there, or somebody's.
Fd lock(const fs::path& work) {
  Fd directory(open(work.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory && !is_absence(errno) && errno != ELOOP) throw SysError("open " + work.string());
  struct stat status {};
  if (directory && (fstat(directory.get(), &status) != 0 || status.st_uid != geteuid())) directory.reset();
  while (directory && flock(directory.get(), LOCK_EX) != 0)
    if (errno != EINTR) throw SysError("lock " + work.string());
  return directory;
}

/// Who has it is said by a symbolic link to nothing, `<lab directory>/<service>`: overlayfs leaves it alone.
constexpr const char* holder_name = "holder";
fs::path called(const std::string& lab, const std::string& service) { return fs::path(lab_dir(lab)) / service; }

/// An apply that has the lab's lock may be about to start it.
bool is_locked(const fs::path& lab_directory) {
  const fs::path path = lab_directory / lock_file;
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file && is_scarcity(errno)) throw SysError("open " + path.string());
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

fs::path holder_in(const Fd& work) {
  std::array<char, PATH_MAX> text{};
  const ssize_t size = readlinkat(work.get(), holder_name, text.data(), text.size());
  return std::string(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
}

/// False when the directory was removed in between.
bool claim(const std::string& upper, const fs::path& work, const std::string& lab, const std::string& service) {
  make_directory(work);
  const Fd held = lock(work);
  if (!held) return false;
  const fs::path mine = called(lab, service);
  const fs::path holder = holder_in(held);
  if (holder == mine) return true;
  if (!holder.empty() && is_taken(holder, lab)) refuse(upper, holder);
  unlinkat(held.get(), holder_name, 0);
  if (symlinkat(mine.c_str(), held.get(), holder_name) == 0) return true;
  if (errno != ENOENT && errno != EEXIST) throw SysError("symlink " + (work / holder_name).string());
  return false;
}

/// It is there, and nobody else's: one whose removal was interrupted may have lost its link.
bool is_mine(const fs::path& work, const fs::path& mine) {
  const Fd held = lock(work);
  const fs::path holder = held ? holder_in(held) : "";
  return held && (holder.empty() || holder == mine);
}

/// The error of what stays; 0 when none of ours does.
int remove_work(const fs::path& work, const fs::path& mine) {
  std::error_code error;
  const Fd held = lock(work);
  const fs::path holder = held ? holder_in(held) : "";
  if (held && (holder.empty() || holder == mine)) fs::remove_all(work, error);
  return error.value();
}

/// The work directories that a service's notes lead to.
std::vector<fs::path> noted_by(const std::string& lab, const std::string& service) {
  std::vector<fs::path> all;
  std::error_code missing;
  const std::string notes = std::string(overlay_directory) + '/' + service;
  for (const std::string& note : names_in_lab(lab, notes)) {
    const fs::path noted = fs::read_symlink(fs::path(lab_dir(lab)) / notes / note, missing);
    if (noted.filename().string().ends_with(".nsbuild-work")) all.push_back(noted);
  }
  return all;
}

/// The notes stay while a directory of theirs does.
void remove_noted(const std::string& lab, const std::string& service) {
  std::error_code ignored;
  std::optional<SysError> first;
  const fs::path mine = called(lab, service);
  for (const fs::path& work : noted_by(lab, service))
    if (const int error = remove_work(work, mine); error != 0 && !first)
      first.emplace("remove " + work.string(), error);
  if (first) throw *std::move(first);
  if (open_in_lab(lab, overlay_directory, O_PATH | O_DIRECTORY))
    fs::remove_all(fs::path(notes_of(lab)) / service, ignored);
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

/// What failed first is what is told; a directory that cannot be removed either is a stray one.
void make_work_directories(const std::string& lab, const planner::Service& service) {
  try {
    claim_all(lab, service);
  } catch (...) {
    const std::exception_ptr first = std::current_exception();
    try {
      remove_work_directories(lab, service.name);
    } catch (const Error&) {
      std::rethrow_exception(first);
    }
    throw;
  }
}

void remove_work_directories(const std::string& lab, const std::string& service) {
  if (is_there(notes_of(lab))) remove_noted(lab, service);  // of most labs there are none
}

void remove_stray_work_directories(const std::string& lab) {
  std::optional<SysError> first;
  for (const std::string& service : names_in_lab(lab, overlay_directory)) {
    if (is_alive(run_dir(), lab, service)) continue;
    try {
      remove_noted(lab, service);
    } catch (const SysError& error) {
      if (!first) first = error;
    }
  }
  if (first) throw *std::move(first);
}

void sweep_work_directories(const std::string& lab) {
  try {
    remove_stray_work_directories(lab);
  } catch (const SysError&) {
    return;
  }
}

std::vector<std::string> work_directories(const std::string& lab) {
  std::vector<std::string> all;
  for (const std::string& service : names_in_lab(lab, overlay_directory))
    for (const fs::path& work : noted_by(lab, service))
      if (is_mine(work, called(lab, service))) all.push_back(work);
  return all;
}

}  // namespace nsbuild::engine
