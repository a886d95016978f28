// `file:`: there is something at that path of the service's root, which no earlier process of the service has left.
#include "engine/ready/inside_root.hpp"
#include "engine/ready/probe.hpp"

#include <algorithm>
#include <ctime>

#include <sys/stat.h>

namespace nsbuild::engine {
namespace {

std::int64_t nanoseconds(const timespec& time) { return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

std::int64_t clock_now(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return nanoseconds(now);
}

/// The kernel stamps files with the time of its last tick, which may be that long ago.
std::int64_t tick() {
  timespec resolution{};
  ::clock_getres(CLOCK_REALTIME_COARSE, &resolution);
  return nanoseconds(resolution);
}

bool is_below(const std::string& path, const std::string& directory) { return path.starts_with(directory + "/"); }

/// The private /run belongs to the init and outlives the process; what the topology itself has put there is not left,
/// nor what is mounted there.
bool may_be_left(const std::string& path, const RunningService& service) {
  if (service.starts <= 1 || !(is_below(path, "/run") || is_below(path, "/var/run"))) return false;
  const auto& files = service.spec.files;
  const auto& mounts = service.spec.mounts;
  return std::none_of(files.begin(), files.end(), [&](const planner::File& file) { return file.target == path; }) &&
         std::none_of(mounts.begin(), mounts.end(), [&](const planner::Mount& mount) {
           return mount.target == path || is_below(path, mount.target);
         });
}

class FileProbe final : public Probe {
 public:
  FileProbe(std::string path, const RunningService& service)
      : path_(std::move(path)),
        init_(service.init),
        started_at_(service.started_at),
        file_time_(service.file_time),
        must_be_new_(may_be_left(path_, service)) {}

  bool look() override {
    const Fd found = open_inside(init_, path_);
    is_old_ = found && must_be_new_ && !is_new(found);
    return found && !is_old_;
  }
  std::string lack() const override {
    return is_old_ ? "the file " + path_ + " is one that an earlier process has left" : "there is no file " + path_;
  }

 private:
  /// Made, written or changed in any way since the process was started. The kernel's last tick may be long ago when the
  /// machine is a virtual one that had to wait, so the clock of the files is asked; its stamps may lie before that when
  /// somebody has set the clock back, so the process's age counts, too.
  bool is_new(const Fd& file) const {
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return false;
    if (nanoseconds(status.st_ctim) >= file_time_) return true;
    const std::int64_t age_of_process = clock_now(CLOCK_BOOTTIME) - started_at_;
    return nanoseconds(status.st_ctim) + tick() >= clock_now(CLOCK_REALTIME) - age_of_process;
  }

  std::string path_;
  pid_t init_;
  std::int64_t started_at_;
  std::int64_t file_time_;
  bool must_be_new_;
  bool is_old_ = false;
};

}  // namespace

std::unique_ptr<Probe> make_file_probe(const planner::Ready& wish, const RunningService& service) {
  return std::make_unique<FileProbe>(wish.text, service);
}

}  // namespace nsbuild::engine
