#include "engine/init/process_stat.hpp"

#include "engine/fd.hpp"
#include "engine/init/base.hpp"

#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace nsbuild::init {
namespace {

constexpr unsigned long pf_exiting = 0x4, pf_forknoexec = 0x40;

}  // namespace

ProcessStat::ProcessStat(int proc, const char* pid) noexcept {
  char path[32] = {};
  append(path, sizeof path, pid);
  append(path, sizeof path, "/stat");
  const engine::Fd file(openat(proc, path, O_RDONLY | O_CLOEXEC));
  if (!file || read(file.get(), text_, sizeof text_ - 1) <= 0) text_[0] = '\0';
}

/// By its number in the manual page, from the third on: the second, in brackets, may hold anything.
const char* ProcessStat::field(int number) const noexcept {
  const char* at = std::strrchr(text_, ')');
  for (int i = 2; at != nullptr && i < number; ++i)
    if ((at = std::strchr(at, ' ')) != nullptr) ++at;
  return at == nullptr ? "" : at;
}

pid_t ProcessStat::parent() const noexcept { return std::atoi(field(4)); }

bool ProcessStat::ends_before_exec() const noexcept {
  constexpr unsigned long both = pf_exiting | pf_forknoexec;
  return (std::strtoul(field(9), nullptr, 10) & both) == both;
}

}  // namespace nsbuild::init
