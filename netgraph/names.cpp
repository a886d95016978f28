#include "netgraph/names.hpp"

#include <algorithm>
#include <cctype>

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

bool is_plain_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(),
                                      [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-'; });
}

std::string interface_name_fault(std::string_view name) {
  if (name.empty()) return "an interface name cannot be empty";
  if (name.size() > max_interface_name) {
    return "an interface name has at most 15 bytes, this has " + std::to_string(name.size());
  }
  if (name == "." || name == "..") return "the kernel takes no interface of this name";
  if (name == "all" || name == "default")
    return "this name is reserved for /proc/sys/net/ipv4/conf/" + std::string(name);
  for (const char c : name) {
    if (c == '/' || c == ':' || c == '%') return std::string("an interface name cannot contain \"") + c + '"';
    if (std::isspace(static_cast<unsigned char>(c)) != 0) return "an interface name cannot contain white space";
    if (std::iscntrl(static_cast<unsigned char>(c)) != 0) return "an interface name cannot contain control characters";
  }
  return {};
}

}  // namespace nsbuild::netgraph
