#include "specs/values/ip.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdio>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace nsbuild {
namespace {

int address_family(Family family) { return family == Family::v4 ? AF_INET : AF_INET6; }

/// Decimal digits without a sign or a leading zero, at most three of them.
std::optional<std::uint8_t> parse_length(std::string_view text, std::uint8_t most) {
  if (text.empty() || text.size() > 3 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  unsigned value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  if (value > most) return std::nullopt;
  return static_cast<std::uint8_t>(value);
}

/// The bits of byte `index` that lie within the first `length` bits of an address.
std::uint8_t network_mask(std::size_t index, std::uint8_t length) {
  const std::size_t before = index * 8;
  if (length <= before) return 0;
  if (length >= before + 8) return 0xff;
  return static_cast<std::uint8_t>(0xffU << (8 - (length - before)));
}

std::optional<std::uint8_t> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
  return std::nullopt;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  // inet_pton(3) reads up to a NUL: a text that holds one is none of its forms.
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string terminated(text);
  IpAddress address;
  address.family = text.find(':') == std::string_view::npos ? Family::v4 : Family::v6;
  if (inet_pton(address_family(address.family), terminated.c_str(), address.bytes.data()) != 1) return std::nullopt;
  return address;
}

std::string IpAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  if (family == Family::v4) {  // a plan asks so often that the C library's printf would show
    char* end = buffer.data();
    for (std::size_t i = 0; i < 4; ++i) {
      if (i > 0) *end++ = '.';
      end = std::to_chars(end, buffer.data() + buffer.size(), bytes[i]).ptr;
    }
    return {buffer.data(), end};
  }
  return inet_ntop(address_family(family), bytes.data(), buffer.data(), buffer.size());
}

bool IpAddress::is_multicast() const { return family == Family::v4 ? (bytes[0] & 0xf0U) == 0xe0 : bytes[0] == 0xff; }

bool IpAddress::is_unspecified() const { return *this == IpAddress{family, {}}; }

bool IpAddress::is_link_local() const {
  if (family == Family::v4) return bytes[0] == 169 && bytes[1] == 254;
  return bytes[0] == 0xfe && (bytes[1] & 0xc0U) == 0x80;
}

bool IpAddress::is_loopback() const {
  if (family == Family::v4) return bytes[0] == 127;
  IpAddress one{Family::v6, {}};
  one.bytes[15] = 1;
  return *this == one;
}

std::optional<IpPrefix> IpPrefix::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  const auto length = parse_length(text.substr(slash + 1), address->bits());
  if (!length) return std::nullopt;
  return IpPrefix{*address, *length};
}

std::string IpPrefix::text() const { return address.text() + "/" + std::to_string(length); }

IpPrefix IpPrefix::network() const {
  IpPrefix result = *this;
  for (std::size_t i = 0; i < address.size(); ++i) result.address.bytes[i] &= network_mask(i, length);
  return result;
}

IpAddress IpPrefix::last() const {
  IpAddress result = address;
  for (std::size_t i = 0; i < address.size(); ++i)
    result.bytes[i] |= static_cast<std::uint8_t>(~unsigned{network_mask(i, length)});
  return result;
}

bool IpPrefix::contains(const IpAddress& a) const {
  return a.family == address.family && IpPrefix{a, length}.network().address == network().address;
}

bool IpPrefix::overlaps(const IpPrefix& other) const {
  return length <= other.length ? contains(other.address) : other.contains(address);
}

std::optional<IpAddress> next(const IpAddress& a) {
  IpAddress result = a;
  for (std::size_t i = a.size(); i-- > 0;)
    if (++result.bytes[i] != 0) return result;
  return std::nullopt;
}

std::optional<MacAddress> MacAddress::parse(std::string_view text) {
  MacAddress mac;
  if (text.size() != mac.bytes.size() * 3 - 1) return std::nullopt;
  for (std::size_t i = 0; i < mac.bytes.size(); ++i) {
    const auto high = hex_digit(text[i * 3]);
    const auto low = hex_digit(text[i * 3 + 1]);
    if (!high || !low || (i > 0 && text[i * 3 - 1] != ':')) return std::nullopt;
    mac.bytes[i] = static_cast<std::uint8_t>(*high << 4 | *low);
  }
  return mac;
}

std::string MacAddress::text() const {
  std::array<char, 18> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%02x:%02x:%02x:%02x:%02x:%02x", bytes[0], bytes[1], bytes[2], bytes[3],
                bytes[4], bytes[5]);
  return buffer.data();
}

bool MacAddress::is_zero() const {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

}  // namespace nsbuild
