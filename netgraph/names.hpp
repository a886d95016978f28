// Names that nsbuild makes up itself: of bridge ports, and MAC addresses. They never change between versions.
#pragma once
#include "specs/values/ip.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace nsbuild::netgraph {

inline constexpr std::size_t max_interface_name = 15;  // IFNAMSIZ - 1, netdevice(7)

/// 64-bit FNV-1a with a final mix (its low bits alone are weak on short texts). Never changes: names and MACs of
/// running labs hang on it.
std::uint64_t stable_hash(std::string_view text);

/// A locally administered unicast address, 02:…, from the place and interface it belongs to. Both are hashed with a
/// separator, so that "a"+"bc" is not "ab"+"c".
MacAddress derive_mac(std::string_view place, std::string_view interface);

/// A name of at most 15 bytes for a port whose full name is longer: `<start of it>~<hash>`. `salt` tells apart full
/// names that would collide.
std::string shortened_port(std::string_view full, unsigned salt);

}  // namespace nsbuild::netgraph
