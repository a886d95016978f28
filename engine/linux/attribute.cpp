#include "engine/linux/attribute.hpp"

#include <algorithm>

#include <sys/socket.h>

namespace nsbuild::engine {

namespace {

bool read_address(std::span<const char> bytes, IpAddress& address) {
  if (bytes.size() != 4 && bytes.size() != 16) return false;
  address = {};
  address.family = bytes.size() == 4 ? Family::v4 : Family::v6;
  std::memcpy(address.bytes.data(), bytes.data(), bytes.size());
  return true;
}

}  // namespace

void put_value(Message& message, std::uint16_t type, const std::string& text) {
  message.put(type, text.c_str(), text.size() + 1);
}

void put_value(Message& message, std::uint16_t type, const MacAddress& mac) {
  message.put(type, mac.bytes.data(), mac.bytes.size());
}

void put_value(Message& message, std::uint16_t type, const IpAddress& address) {
  message.put(type, address.bytes.data(), address.size());
}

void put_value(Message& message, std::uint16_t type, const Via& via) {
  std::array<std::uint8_t, 2 + 16> bytes{};
  const std::uint16_t family = via.address.family == Family::v4 ? AF_INET : AF_INET6;
  std::memcpy(bytes.data(), &family, sizeof family);
  std::memcpy(bytes.data() + sizeof family, via.address.bytes.data(), via.address.size());
  message.put(type, bytes.data(), sizeof family + via.address.size());
}

bool get_value(std::span<const char> bytes, std::string& text) {
  text.assign(bytes.begin(), std::find(bytes.begin(), bytes.end(), '\0'));
  return true;
}

bool get_value(std::span<const char> bytes, MacAddress& mac) {
  if (bytes.size() != mac.bytes.size()) return false;  // a tunnel's address is an IP address
  std::memcpy(mac.bytes.data(), bytes.data(), bytes.size());
  return true;
}

bool get_value(std::span<const char> bytes, IpAddress& address) { return read_address(bytes, address); }

bool get_value(std::span<const char> bytes, Via& via) {
  return bytes.size() > sizeof(std::uint16_t) && read_address(bytes.subspan(sizeof(std::uint16_t)), via.address);
}

}  // namespace nsbuild::engine
