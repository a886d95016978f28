#include "engine/lock.hpp"

#include "engine/error.hpp"
#include "engine/holders.hpp"
#include "engine/lab_files.hpp"
#include "engine/listing.hpp"
#include "engine/rundir.hpp"

#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace nsbuild::engine {

namespace {

std::string lock_path(const std::string& lab) { return lab_dir(lab) + "/" + lock_file; }

/// Whether the path still is the file that we locked: a destroy removes it.
bool is_current(const Fd& file, const std::string& path) {
  struct stat ours {
  }, there{};
  return ::fstat(file.get(), &ours) == 0 && ::lstat(path.c_str(), &there) == 0 && ours.st_ino == there.st_ino &&
         ours.st_dev == there.st_dev;
}

void wait_for(const Fd& file, const std::string& lab, const LockRequest& request) {
  if (!request.wait) throw LockHeld(lock_holder(lab));
  if (request.on_wait) request.on_wait(lock_holder(lab));
  while (::flock(file.get(), LOCK_EX) != 0) {
    if (errno != EINTR) throw SysError("lock lab " + lab);
    if (request.stop_requested && request.stop_requested()) throw Error("interrupted while " + lock_holder(lab));
  }
}

std::string text_of(const Fd& file) {
  std::array<char, 128> text{};
  const ssize_t size = ::pread(file.get(), text.data(), text.size(), 0);
  return {text.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
}

/// As the kernel says (proc_locks(5)): "1: FLOCK  ADVISORY  WRITE 12 00:1f:345 0 EOF". Who waits has an arrow before
/// FLOCK. 0 when it is in another PID namespace.
pid_t holder_in_kernel(const struct stat& file) {
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    unsigned major_number = 0, minor_number = 0;
    unsigned long inode = 0;
    pid_t pid = 0;
    const int read =
        std::sscanf(line.c_str(), "%*s FLOCK %*s %*s %d %x:%x:%lu", &pid, &major_number, &minor_number, &inode);
    if (read == 4 && inode == file.st_ino && makedev(major_number, minor_number) == file.st_dev) return pid;
  }
  return 0;
}

/// The note in the file may be that of one who was killed: who only looks leaves it.
pid_t holder_of(const std::string& lab) {
  const Fd file = open_in_lab(lab, lock_file, O_RDONLY);
  struct stat info {};
  if (!file || ::fstat(file.get(), &info) != 0) return 0;
  if (const pid_t pid = holder_in_kernel(info); pid > 0) return pid;
  pid_t noted = 0;
  std::istringstream(text_of(file)) >> noted;
  return noted;
}

}  // namespace

bool is_being_removed(const std::string& lab) {
  const Fd directory(::open(half_removed_dir(lab).c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory && !is_absence(errno) && errno != ELOOP) throw SysError("open " + half_removed_dir(lab));
  return directory && ::flock(directory.get(), LOCK_SH | LOCK_NB) != 0;
}

std::string lock_holder(const std::string& lab) {
  const pid_t pid = holder_of(lab);
  return "lab " + lab + " is held by " + (pid > 0 ? process_words(pid) : "another nsbuild");
}

Lock::Lock(const std::string& lab, const LockRequest& request) : lab_(lab) {
  try {
    acquire(request);
  } catch (...) {
    // Only a directory that nobody has anything in; who is about to lock it makes it again.
    if (made_directory_) ::rmdir(lab_dir(lab).c_str());
    throw;
  }
  left_ = text_of(file_);
  if (!request.only_to_look) take(request.purpose);
}

void Lock::acquire(const LockRequest& request) {
  const std::string path = lock_path(lab_);
  for (;;) {
    if (request.make_directory) made_directory_ = make_lab_dir(lab_) || made_directory_;
    file_ = open_in_lab(lab_, lock_file, O_RDWR | O_CREAT, 0600);
    if (!file_ && errno == ENOENT && !request.make_directory)
      throw LabGone("lab " + lab_ + " is gone: there is no " + lab_dir(lab_));
    if (!file_ && errno == ENOENT) continue;  // a destroy removed the directory in between
    if (!file_) throw_unopened(lab_, lock_file);
    if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) throw SysError("lock lab " + lab_);
      wait_for(file_, lab_, request);
    }
    if (is_current(file_, path)) break;
  }
}

/// A holder that is killed leaves its note; any other one leaves what it has found, unless that is settled.
Lock::~Lock() {
  if (is_taken_) note(left_);
}

/// Only for words and for who comes next: both can live without. Never empty in between, or a kill would leave no note.
void Lock::note(const std::string& text) const {
  const auto size = static_cast<ssize_t>(text.size());
  if (::pwrite(file_.get(), text.data(), text.size(), 0) == size) (void)!::ftruncate(file_.get(), size);
}

std::string Lock::purpose_left() const {
  std::istringstream words(left_);
  std::string pid, purpose;
  words >> pid >> purpose;
  return purpose;
}

void Lock::take(const std::string& purpose) {
  is_taken_ = true;
  const std::string word = purpose.empty() ? purpose_left() : purpose;
  note(std::to_string(::getpid()) + (word.empty() ? "" : " " + word) + "\n");
}

void Lock::take_back_dir() {
  ::unlink(lock_path(lab_).c_str());
  ::rmdir(lab_dir(lab_).c_str());
  ::rmdir(run_dir().c_str());
}

void Lock::remove_lab_dir() {
  const Fd directory = open_in_lab(lab_, "", O_RDONLY | O_DIRECTORY);
  if (directory) ::flock(directory.get(), LOCK_EX | LOCK_NB);  // is_being_removed()
  // Renamed first, if it can be: nobody sees half a directory.
  const std::string gone = half_removed_dir(lab_);
  remove_lab_files(gone);
  const bool renamed = strangers_in_lab(lab_).empty() && ::rename(lab_dir(lab_).c_str(), gone.c_str()) == 0;
  remove_lab_files(renamed ? gone : lab_dir(lab_));
  ::rmdir(run_dir().c_str());  // when this was the last lab; else it stays
}

}  // namespace nsbuild::engine
