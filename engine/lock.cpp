#include "engine/lock.hpp"

#include "engine/error.hpp"
#include "engine/rundir.hpp"
#include "engine/service/work_directory.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nsbuild::engine {

namespace {

std::string lock_path(const std::string& lab) { return lab_dir(lab) + "/lock"; }

std::string command_of(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/cmdline", std::ios::binary);
  std::string command(4096, '\0');
  file.read(command.data(), static_cast<std::streamsize>(command.size()));  // of one that is ending: ESRCH
  command.resize(static_cast<std::size_t>(file.gcount()));
  while (!command.empty() && command.back() == '\0') command.pop_back();
  std::replace(command.begin(), command.end(), '\0', ' ');
  return command;
}

std::string holder(const std::string& lab) {
  std::ifstream file(lock_path(lab));
  std::string pid;
  if (!(file >> pid)) return "lab " + lab + " is held by another nsbuild";
  const std::string command = command_of(pid);
  return "lab " + lab + " is held by pid " + pid + (command.empty() ? "" : " (" + command + ")");
}

/// Whether the path still is the file that we locked: a destroy removes it.
bool is_current(const Fd& file, const std::string& path) {
  struct stat ours {
  }, there{};
  return ::fstat(file.get(), &ours) == 0 && ::stat(path.c_str(), &there) == 0 && ours.st_ino == there.st_ino &&
         ours.st_dev == there.st_dev;
}

void wait_for(const Fd& file, const std::string& lab, const LockRequest& request) {
  if (!request.wait) throw Error(holder(lab));
  if (request.on_wait) request.on_wait(holder(lab));
  while (::flock(file.get(), LOCK_EX) != 0) {
    if (errno != EINTR) throw SysError("lock lab " + lab);
    if (request.stop_requested && request.stop_requested()) throw Error("interrupted while " + holder(lab));
  }
}

void note_holder(const Fd& file) {
  const std::string pid = std::to_string(::getpid()) + "\n";
  // Only for words and for who comes next: both can live without.
  if (::ftruncate(file.get(), 0) == 0) (void)!::pwrite(file.get(), pid.data(), pid.size(), 0);
}

}  // namespace

Lock::Lock(const std::string& lab, const LockRequest& request) : lab_(lab) {
  try {
    take(request);
  } catch (...) {
    // Only a directory that nobody has anything in; who is about to lock it makes it again.
    if (made_directory_) ::rmdir(lab_dir(lab).c_str());
    throw;
  }
  struct stat info {};
  was_left_ = ::fstat(file_.get(), &info) == 0 && info.st_size > 0;
  note_holder(file_);
}

void Lock::take(const LockRequest& request) {
  const std::string path = lock_path(lab_);
  for (;;) {
    if (request.make_directory) made_directory_ = make_lab_dir(lab_) || made_directory_;
    file_ = Fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!file_ && errno == ENOENT && !request.make_directory)
      throw Error("lab " + lab_ + " is gone: there is no " + lab_dir(lab_));
    if (!file_ && errno == ENOENT) continue;  // a destroy removed the directory in between
    if (!file_) throw SysError("open " + path);
    if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) throw SysError("lock lab " + lab_);
      wait_for(file_, lab_, request);
    }
    if (is_current(file_, path)) break;
  }
}

/// A holder that is killed leaves its number.
Lock::~Lock() { (void)!::ftruncate(file_.get(), 0); }

void Lock::remove_lab_dir() {
  remove_work_directories(lab_, "");
  // Renamed first, if it can be: nobody sees half a directory. No lab's name begins with a dot.
  const std::string gone = run_dir() + "/." + lab_;
  std::error_code error;
  std::filesystem::remove_all(gone, error);
  const bool renamed = ::rename(lab_dir(lab_).c_str(), gone.c_str()) == 0;
  std::filesystem::remove_all(renamed ? gone : lab_dir(lab_), error);
  if (error) throw SysError("remove " + (renamed ? gone : lab_dir(lab_)), error.value());
  ::rmdir(run_dir().c_str());  // when this was the last lab; else it stays
}

}  // namespace nsbuild::engine
