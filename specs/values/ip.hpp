// The addresses that a topology speaks of: IPv4 and IPv6 addresses, prefixes and MAC addresses, as values with text
// forms.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nsbuild {

enum class Family : std::uint8_t { v4, v6 };

/// An IPv4 or IPv6 address, bytes in network order; of an IPv4 address the first four count and the rest is zero.
struct IpAddress {
  Family family = Family::v4;
  std::array<std::uint8_t, 16> bytes{};

  /// inet_pton(3)'s forms only: no leading zeros, no zone, no prefix length.
  static std::optional<IpAddress> parse(std::string_view text);
  /// RFC 5952 for IPv6.
  std::string text() const;
  std::uint8_t bits() const { return family == Family::v4 ? 32 : 128; }
  std::size_t size() const { return family == Family::v4 ? 4 : 16; }
  bool is_multicast() const;
  bool is_unspecified() const;
  bool is_link_local() const;  // 169.254/16, fe80::/10
  bool is_loopback() const;    // 127/8, ::1
  auto operator<=>(const IpAddress&) const = default;
};

/// An address with a prefix length. As an interface's address the host bits count; as a subnet or destination they are
/// zero.
struct IpPrefix {
  IpAddress address;
  std::uint8_t length = 0;  // 0..32 or 0..128

  /// `A/L`; no value without a length or with one out of range.
  static std::optional<IpPrefix> parse(std::string_view text);
  std::string text() const;
  IpPrefix network() const;  // host bits cleared
  IpAddress last() const;    // all host bits set: the broadcast address of an IPv4 subnet
  bool contains(const IpAddress& a) const;
  bool overlaps(const IpPrefix& other) const;
  bool is_host() const { return length == address.bits(); }
  bool is_default() const { return length == 0; }
  auto operator<=>(const IpPrefix&) const = default;
};

/// The address after `a`, or none past the last one of its family.
std::optional<IpAddress> next(const IpAddress& a);

struct MacAddress {
  std::array<std::uint8_t, 6> bytes{};

  /// Six hex pairs with colons.
  static std::optional<MacAddress> parse(std::string_view text);
  std::string text() const;
  bool is_multicast() const { return (bytes[0] & 1U) != 0; }
  bool is_zero() const;
  auto operator<=>(const MacAddress&) const = default;
};

}  // namespace nsbuild
