// Attribute tables: a netlink message is a struct whose table names each attribute once; encoding and decoding follow
// from it.
#pragma once
#include "engine/linux/message.hpp"
#include "specs/values/ip.hpp"

#include <concepts>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace nsbuild::engine {

/// Some attributes mean one thing in a request and another in a dump (IFLA_INET_CONF is a nest in one, an array in the
/// other): those are only read back from our own messages, which is what the round-trip tests do.
enum class Direction { both, request_only };

template <class Owner, class Member>
struct Attribute {
  std::uint16_t type;
  Member Owner::*member;  // std::optional<T>, or std::vector<T> for what may repeat
  Direction direction = Direction::both;
};

template <class Owner, class Member>
Attribute(int, Member Owner::*) -> Attribute<Owner, Member>;
template <class Owner, class Member>
Attribute(int, Member Owner::*, Direction) -> Attribute<Owner, Member>;

/// A gateway of another family than the destination's: RTA_VIA, struct rtvia of linux/rtnetlink.h.
struct Via {
  IpAddress address;
  bool operator==(const Via&) const = default;
};

/// A struct with a table; one that begins with a fixed header (ifinfomsg, rtmsg, rtnexthop) has it as `header`.
template <class T>
concept Table = requires {
  T::attributes;
};
template <class T>
concept Headed = Table<T> && requires(T t) {
  t.header;
};
/// A struct that stands in a sequence of its own kind, each with its own length in its header: rtnexthop.
template <class T>
concept Sequence = Headed<T> && requires(T t) {
  t.header.rtnh_len;
};

void put_value(Message& message, std::uint16_t type, const std::string& text);
void put_value(Message& message, std::uint16_t type, const MacAddress& mac);
void put_value(Message& message, std::uint16_t type, const IpAddress& address);
void put_value(Message& message, std::uint16_t type, const Via& via);
bool get_value(std::span<const char> bytes, std::string& text);
bool get_value(std::span<const char> bytes, MacAddress& mac);
bool get_value(std::span<const char> bytes, IpAddress& address);
bool get_value(std::span<const char> bytes, Via& via);

template <std::integral T>
void put_value(Message& message, std::uint16_t type, const T& value) {
  message.put(type, &value, sizeof value);
}

template <std::integral T>
bool get_value(std::span<const char> bytes, T& value) {
  if (bytes.size() != sizeof value) return false;
  std::memcpy(&value, bytes.data(), sizeof value);
  return true;
}

template <Table T>
void put_all(Message& message, const T& table);
template <Table T>
bool get_all(std::span<const char> bytes, T& table, bool request = false);

template <Table T>
void put_value(Message& message, std::uint16_t type, const T& table) {
  nlattr* nest = message.begin(type);
  put_all(message, table);
  message.end(nest);
}

template <class T>
void put_member(Message& message, std::uint16_t type, const std::optional<T>& value) {
  if (value) put_value(message, type, *value);
}

template <class T>
void put_member(Message& message, std::uint16_t type, const std::vector<T>& values) {
  for (const T& value : values) put_value(message, type, value);
}

/// A sequence goes into one attribute, which is not flagged as a nest: its elements are not attributes.
template <Sequence T>
void put_member(Message& message, std::uint16_t type, const std::vector<T>& values) {
  if (values.empty()) return;
  nlattr* nest = message.begin(type);
  nest->nla_type = type;
  for (const T& value : values) {
    const std::size_t start = message.size();
    put_all(message, value);
    const auto length = static_cast<unsigned short>(message.size() - start);
    std::memcpy(reinterpret_cast<char*>(message.get()) + start, &length, sizeof length);  // rtnh_len is first
  }
  message.end(nest);
}

template <Table T>
void put_all(Message& message, const T& table) {
  if constexpr (Headed<T>) message.put_header(table.header);
  std::apply([&](const auto&... row) { (put_member(message, row.type, table.*row.member), ...); }, T::attributes);
}

template <class T>
void get_member(std::span<const char> bytes, std::optional<T>& member, bool request) {
  T value{};
  bool good = false;
  if constexpr (Table<T>)
    good = get_all(bytes, value, request);
  else
    good = get_value(bytes, value);
  if (good) member = std::move(value);
}

template <class T>
void get_member(std::span<const char> bytes, std::vector<T>& members, bool) {
  T value{};
  if (get_value(bytes, value)) members.push_back(std::move(value));
}

template <Sequence T>
void get_member(std::span<const char> bytes, std::vector<T>& members, bool request) {
  while (bytes.size() >= sizeof(T::header)) {
    T value{};
    std::memcpy(&value.header, bytes.data(), sizeof value.header);
    const std::size_t length = value.header.rtnh_len;
    if (length < sizeof value.header || length > bytes.size()) return;
    get_all(bytes.first(length), value, request);
    members.push_back(std::move(value));
    bytes = after(bytes, length);
  }
}

/// Reads what the table knows and skips the rest; false when not even the header is there. `request`: also what only
/// requests carry.
template <Table T>
bool get_all(std::span<const char> bytes, T& table, bool request) {
  if constexpr (Headed<T>) {
    if (bytes.size() < sizeof table.header) return false;
    std::memcpy(&table.header, bytes.data(), sizeof table.header);
    bytes = after(bytes, sizeof table.header);
  }
  for (const nlattr& attribute : AttributeRange(bytes)) {
    const std::uint16_t type = mnl_attr_get_type(&attribute);
    const auto read = [&](const auto& row) {
      if (row.type == type && (request || row.direction == Direction::both))
        get_member(payload(attribute), table.*row.member, request);
    };
    std::apply([&](const auto&... row) { (read(row), ...); }, T::attributes);
  }
  return true;
}

/// A message's struct, or nothing when it is too short to be one.
template <Table T>
std::optional<T> decode(const nlmsghdr& message, bool request = false) {
  T table{};
  if (!get_all(payload(message), table, request)) return std::nullopt;
  return table;
}

}  // namespace nsbuild::engine
