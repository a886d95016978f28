#include "engine/rundir.hpp"

#include "engine/error.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include <sys/stat.h>
#include <unistd.h>

namespace nsbuild::engine {

namespace {

constexpr const char* default_run_dir = "/run/nsbuild";

/// False when it was there.
bool make_private_dir(const std::string& path) {
  const bool made = ::mkdir(path.c_str(), 0700) == 0;
  if (!made && errno != EEXIST) throw SysError("mkdir " + path);
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) throw SysError("stat " + path);
  if (!S_ISDIR(info.st_mode)) throw Error(path + " is not a directory");
  if (info.st_uid != ::geteuid())
    throw Error(path + " belongs to user " + std::to_string(info.st_uid) + "; it must be the caller's own");
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) throw Error(path + " is writable by others; chmod 0700 " + path);
  return made;
}

}  // namespace

std::string run_dir() {
  const char* given = std::getenv("NSBUILD_RUN_DIR");
  if (given == nullptr || *given == '\0') return default_run_dir;
  std::string path = std::filesystem::absolute(given).lexically_normal().string();
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

bool is_default_run_dir() { return run_dir() == default_run_dir; }

RunDirIdentity run_dir_identity() {
  const std::string path = run_dir();
  struct stat parent {
  }, own{};
  if (::stat(std::filesystem::path(path).parent_path().c_str(), &parent) != 0) return {};
  return {::stat(path.c_str(), &own) == 0 ? own.st_dev : parent.st_dev, parent.st_ino};
}

std::string lab_dir(const std::string& lab) { return run_dir() + "/" + lab; }

std::vector<std::string> labs_on_record() {
  std::vector<std::string> labs;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(run_dir(), missing)) {
    const std::string name = entry.path().filename().string();
    if (std::error_code gone; !name.starts_with('.') && entry.is_directory(gone)) labs.push_back(name);
  }
  std::sort(labs.begin(), labs.end());
  return labs;
}

std::string log_dir(const std::string& lab) { return lab_dir(lab) + "/log"; }

std::string hosts_path(const std::string& lab, const std::string& name) { return lab_dir(lab) + "/hosts/" + name; }

std::string resolv_path(const std::string& lab, const std::string& name) {
  return lab_dir(lab) + "/resolv.conf/" + name;
}

bool make_lab_dir(const std::string& lab) {
  std::error_code ignored;  // a parent that cannot be made shows in the next line, with its errno
  std::filesystem::create_directories(std::filesystem::path(run_dir()).parent_path(), ignored);
  make_private_dir(run_dir());
  return make_private_dir(lab_dir(lab));
}

}  // namespace nsbuild::engine
