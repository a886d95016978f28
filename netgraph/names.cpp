#include "netgraph/names.hpp"

#include <algorithm>

namespace nsbuild::netgraph {

std::uint64_t stable_hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;  // FNV offset basis and prime
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  hash ^= hash >> 33U;  // MurmurHash3's finalizer: every input bit reaches every output bit
  hash *= 0xff51afd7ed558ccdU;
  hash ^= hash >> 33U;
  hash *= 0xc4ceb9fe1a85ec53U;
  return hash ^ (hash >> 33U);
}

MacAddress derive_mac(std::string_view place, std::string_view interface) {
  std::uint64_t hash = stable_hash(std::string(place) + ':' + std::string(interface));
  MacAddress mac;
  mac.bytes[0] = 0x02;  // locally administered, unicast
  for (std::size_t i = 1; i < mac.bytes.size(); ++i, hash >>= 8U)
    mac.bytes[i] = static_cast<std::uint8_t>(hash & 0xffU);
  return mac;
}

std::string shortened_port(std::string_view full, unsigned salt) {
  constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::uint64_t hash = stable_hash(std::string(full) + std::string(salt, '+'));
  // A plain port name has its dot before any `~`, and a network's name has neither: the three never meet.
  std::string name(full.substr(0, std::min<std::size_t>(6, full.find('.'))));
  name += '~';
  for (int i = 0; i < 8; ++i, hash /= digits.size()) name += digits[hash % digits.size()];
  return name;
}

}  // namespace nsbuild::netgraph
