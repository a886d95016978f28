#include "engine/capability.hpp"

#include "engine/error.hpp"
#include "engine/rundir.hpp"

#include <array>
#include <string>

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace nsbuild::engine {

bool has(Capability capability) {
  __user_cap_header_struct who{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
  if (syscall(SYS_capget, &who, sets.data()) != 0) throw SysError("read the capabilities of this process");
  const auto number = static_cast<unsigned>(capability);
  return (sets[CAP_TO_INDEX(number)].effective & CAP_TO_MASK(number)) != 0;
}

void require_privilege() {
  const bool net = has(Capability::net_admin);
  const bool sys = has(Capability::sys_admin);
  if (net && sys) return require_private_run_dir();
  const std::string missing = net ? "CAP_SYS_ADMIN" : sys ? "CAP_NET_ADMIN" : "CAP_SYS_ADMIN and CAP_NET_ADMIN";
  throw Error("this needs " + missing + ": run it as root (`nsbuild doctor` says what else is missing)");
}

}  // namespace nsbuild::engine
