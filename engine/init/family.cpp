#include "engine/init/family.hpp"

#include "engine/fd.hpp"
#include "engine/init/base.hpp"
#include "engine/init/process_stat.hpp"

#include <csignal>
#include <cstdlib>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace nsbuild::init {
namespace {

struct Process {
  pid_t pid, parent;
  bool meant;
};

/// What getdents64(2) fills in; the name ends with a NUL.
struct Entry {
  std::uint64_t inode;
  std::int64_t next;
  std::uint16_t size;
  std::uint8_t type;
  char name[1];
};

/// Of our PID namespace, mounted nowhere: what the service has made of its /proc does not matter.
engine::Fd open_proc() noexcept {
  const engine::Fd context(fsopen("proc", FSOPEN_CLOEXEC));
  if (!context || fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) return {};
  const engine::Fd mount(fsmount(context.get(), FSMOUNT_CLOEXEC, 0));  // O_PATH, which cannot be listed
  return engine::Fd(mount ? openat(mount.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1);
}

std::uint64_t mark_of(const engine::Fd& proc, pid_t pid) noexcept {
  char path[48] = {};
  append(path, sizeof path, Decimal(static_cast<unsigned long>(pid)).text);
  append(path, sizeof path, "/ns/cgroup");
  char text[64] = {};  // "cgroup:[4026531835]"
  if (readlinkat(proc.get(), path, text, sizeof text - 1) <= 0) return 0;
  const char* number = std::strchr(text, '[');
  return number == nullptr ? 0 : std::strtoul(number + 1, nullptr, 10);
}

/// All that the namespace has, by pid: the order in which proc(5) lists them.
class Processes {
 public:
  explicit Processes(const engine::Fd& proc) noexcept {
    list_ = reinterpret_cast<Process*>(arena_.take(capacity * sizeof(Process)));
    char* const buffer = arena_.take(buffer_size);
    if (list_ == nullptr || buffer == nullptr) return;
    for (long size = 0; (size = syscall(SYS_getdents64, proc.get(), buffer, buffer_size)) > 0;)
      for (long at = 0; at < size; at += reinterpret_cast<const Entry*>(buffer + at)->size)
        add(proc, reinterpret_cast<const Entry*>(buffer + at)->name);
  }
  Process* begin() noexcept { return list_; }
  Process* end() noexcept { return list_ + count_; }
  const Process* find(pid_t pid) const noexcept {
    std::size_t low = 0;
    for (std::size_t high = count_; low < high;) {
      const std::size_t middle = (low + high) / 2;
      if (list_[middle].pid < pid)
        low = middle + 1;
      else
        high = middle;
    }
    return low < count_ && list_[low].pid == pid ? list_ + low : nullptr;
  }

 private:
  static constexpr std::size_t capacity = std::size_t{1} << 19U;  // address space, as in base.cpp
  static constexpr std::size_t buffer_size = 8192;

  void add(const engine::Fd& proc, const char* name) noexcept {
    if (*name < '1' || *name > '9' || count_ == capacity) return;
    list_[count_++] = {std::atoi(name), ProcessStat(proc.get(), name).parent(), false};
  }

  Arena arena_;
  Process* list_ = nullptr;
  std::size_t count_ = 0;
};

/// Until nobody is added: a parent may have a higher number than its child.
void add_descendants(Processes& all) noexcept {
  for (bool more = true; more;) {
    more = false;
    for (Process& process : all) {
      const Process* parent = process.meant ? nullptr : all.find(process.parent);
      if (parent == nullptr || !parent->meant) continue;
      process.meant = more = true;
    }
  }
}

}  // namespace

std::size_t end_family(const Supervisors& supervisors, std::uint64_t mark) noexcept {
  const engine::Fd proc = open_proc();
  if (!proc) return 0;
  Processes all(proc);
  const pid_t self = getpid();
  for (Process& process : all)
    process.meant =
        process.parent == self && !supervisors.has(process.pid) && (mark == 0 || mark_of(proc, process.pid) == mark);
  add_descendants(all);
  std::size_t count = 0;
  for (const Process& process : all)
    if (process.meant) kill(process.pid, SIGKILL), ++count;
  return count;
}

void Supervisors::add(pid_t pid) noexcept {
  const engine::Fd proc = open_proc();
  all_[count_++] = {pid, proc ? mark_of(proc, pid) : 0};
}

bool Supervisors::died(pid_t pid) noexcept {
  for (std::size_t i = 0; i < count_; ++i)
    if (all_[i].pid == pid) return all_[i].pid = 0, true;
  return false;
}

bool Supervisors::has(pid_t pid) const noexcept {
  for (std::size_t i = 0; i < count_; ++i)
    if (all_[i].pid == pid) return true;
  return false;
}

bool Supervisors::any_alive() const noexcept {
  for (std::size_t i = 0; i < count_; ++i)
    if (all_[i].pid != 0) return true;
  return false;
}

void Supervisors::signal(int number) const noexcept {
  for (std::size_t i = 0; i < count_; ++i)
    if (all_[i].pid != 0) kill(all_[i].pid, number);
}

std::size_t Supervisors::end_orphans() noexcept {
  std::size_t left = 0;
  for (std::size_t i = 0; i < count_;) {
    const std::size_t mine = all_[i].pid == 0 && all_[i].mark != 0 ? end_family(*this, all_[i].mark) : 0;
    left += mine;
    if (all_[i].pid == 0 && mine == 0)
      all_[i] = all_[--count_];
    else
      ++i;
  }
  return left;
}

}  // namespace nsbuild::init
