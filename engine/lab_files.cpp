#include "engine/lab_files.hpp"

#include "engine/error.hpp"
#include "engine/listing.hpp"
#include "engine/rundir.hpp"
#include "specs/values/name.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>

#include <sys/stat.h>
#include <unistd.h>

namespace nsbuild::engine {

namespace {

constexpr std::array files{lock_file, journal_file, names_file, originals_file};
constexpr std::array directories{hosts_directory, resolver_directory, log_directory, overlay_directory};
constexpr std::string_view half_removed_prefix = ".nsbuild-removes.";  // no lab's name begins with a dot

template <class Names>
bool has(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// As all that nsbuild makes in the run directory is.
bool is_private(const std::string& path, mode_t type, mode_t mode) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) {
    if (is_absence(errno)) return false;
    throw SysError("look at " + path);
  }
  return (info.st_mode & S_IFMT) == type && info.st_uid == ::geteuid() && (info.st_mode & 07777U) == mode;
}

void remove_tree(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);  // follows no link
  if (error) throw SysError("remove " + path, error.value());
}

}  // namespace

bool is_lab_file(std::string_view name) {
  const std::string_view draft = draft_suffix;
  const bool is_draft = name.ends_with(draft) && has(files, name.substr(0, name.size() - draft.size()));
  return is_draft || has(files, name) || has(directories, name) || name.starts_with(visitor_prefix);
}

std::vector<std::string> strangers_in_lab(const std::string& lab) {
  std::vector<std::string> strangers;
  if (!is_directory(lab_dir(lab))) return strangers;
  for (const std::string& name : names_in(lab_dir(lab)))
    if (!is_lab_file(name)) strangers.push_back(lab_dir(lab) + '/' + name);
  return strangers;
}

bool has_lab_dir(const std::string& lab) {
  const std::string directory = lab_dir(lab);
  if (!specs::is_name(lab) || !is_directory(directory)) return false;
  for (const char* file : {lock_file, journal_file})
    if (is_private(directory + '/' + file, S_IFREG, 0600)) return true;
  return is_private(directory, S_IFDIR, 0700) && names_in(directory).empty();
}

std::vector<std::string> labs_on_record() {
  std::vector<std::string> labs = names_in(run_dir());
  std::erase_if(labs, [](const std::string& name) { return !has_lab_dir(name); });
  return labs;
}

std::string half_removed_dir(const std::string& lab) {
  return run_dir() + '/' + std::string(half_removed_prefix) + lab;
}

std::vector<std::string> half_removed_labs() {
  std::vector<std::string> labs;
  for (const std::string& name : names_in(run_dir()))
    if (name.starts_with(half_removed_prefix) && specs::is_name(name.substr(half_removed_prefix.size())))
      labs.push_back(name.substr(half_removed_prefix.size()));
  return labs;
}

void remove_lab_files(const std::string& directory) {
  if (!is_directory(directory)) return;
  for (const std::string& name : names_in(directory))
    if (is_lab_file(name) && name != lock_file) remove_tree(directory + '/' + name);
  remove_tree(directory + '/' + lock_file);
  if (::rmdir(directory.c_str()) != 0 && errno != ENOENT && errno != ENOTEMPTY && errno != EEXIST)
    throw SysError("rmdir " + directory);
}

}  // namespace nsbuild::engine
