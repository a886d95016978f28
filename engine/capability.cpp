#include "engine/capability.hpp"

#include "engine/error.hpp"

#include <cstdint>
#include <fstream>
#include <string>

namespace nsbuild::engine {

bool has(Capability capability) {
  std::ifstream status("/proc/self/status");
  std::uint64_t effective = 0;
  for (std::string word; status >> word;)
    if (word == "CapEff:" && status >> std::hex >> effective)
      return (effective >> static_cast<unsigned>(capability) & 1U) != 0;
  throw Error("cannot read the capabilities of this process from /proc/self/status");
}

void require_privilege() {
  const bool net = has(Capability::net_admin);
  const bool sys = has(Capability::sys_admin);
  if (net && sys) return;
  const std::string missing = net ? "CAP_SYS_ADMIN" : sys ? "CAP_NET_ADMIN" : "CAP_SYS_ADMIN and CAP_NET_ADMIN";
  throw Error("this needs " + missing + ": run it as root (`nsbuild doctor` says what else is missing)");
}

}  // namespace nsbuild::engine
