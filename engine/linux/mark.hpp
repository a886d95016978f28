// The marks that say, on the kernel's objects themselves, that nsbuild made them.
#pragma once
#include <cstdint>

namespace nsbuild::engine {

/// rtm_protocol, FRA_PROTOCOL and IFA_PROTO: free in iproute2's rt_protos and in the daemons that we know of ('n').
inline constexpr std::uint8_t mark_protocol = 110;
/// IFLA_GROUP of every device: "nsbu".
inline constexpr std::uint32_t mark_group = 0x6e736275;
/// Devices about to be removed together get this plus our PID (at most 2^22, proc(5)).
inline constexpr std::uint32_t doomed_group = 0x6e000000;
inline constexpr bool is_mark_group(std::uint32_t group) {
  return group == mark_group || (group >= doomed_group && group <= doomed_group + (1U << 22U));
}

}  // namespace nsbuild::engine
