// One netlink message being built, and the attributes of one received: the raw layer under the attribute tables.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include <libmnl/libmnl.h>

namespace nsbuild::engine {

/// A request in a buffer of its own. Throws Error when it would not fit.
class Message {
 public:
  Message(std::uint16_t type, std::uint16_t flags);

  template <class Header>
  void put_header(const Header& header) {
    std::memcpy(extra(sizeof header), &header, sizeof header);
  }
  void put(std::uint16_t type, const void* data, std::size_t size);
  nlattr* begin(std::uint16_t type);  // a nest, flagged as one
  void end(nlattr* nest);
  /// Raw room at the end, aligned, zeroed; for what is nested without being attributes (rtnexthop).
  void* extra(std::size_t size);

  nlmsghdr* get() { return head_; }
  const nlmsghdr* get() const { return head_; }
  std::size_t size() const { return head_->nlmsg_len; }
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

 private:
  static constexpr std::size_t capacity = 16384;  // 256 IPv6 next hops need 9 kB
  alignas(nlmsghdr) std::array<char, capacity> buffer_;
  nlmsghdr* head_;
};

/// The attributes in a stretch of bytes, for range-for: libmnl's mnl_attr_for_each does not compile as C++.
class AttributeRange {
 public:
  class Iterator {
   public:
    Iterator(const char* at, const char* end) : at_(at), end_(end) {}
    const nlattr& operator*() const { return *reinterpret_cast<const nlattr*>(at_); }
    Iterator& operator++();
    /// Only ever compared with the end.
    bool operator!=(const Iterator&) const { return more(); }

   private:
    bool more() const;
    const char* at_;
    const char* end_;
  };

  explicit AttributeRange(std::span<const char> bytes) : bytes_(bytes) {}
  Iterator begin() const { return {bytes_.data(), bytes_.data() + bytes_.size()}; }
  Iterator end() const { return {bytes_.data() + bytes_.size(), bytes_.data() + bytes_.size()}; }

 private:
  std::span<const char> bytes_;
};

/// The messages in what one read of a socket gave, for range-for. mnl_nlmsg_ok(3) takes lengths from 2^31 on for
/// negative ones, which fit anywhere.
class MessageRange {
 public:
  class Iterator {
   public:
    explicit Iterator(std::span<const char> left) : left_(left) {}
    const nlmsghdr& operator*() const { return *reinterpret_cast<const nlmsghdr*>(left_.data()); }
    Iterator& operator++();
    /// Only ever compared with the end.
    bool operator!=(const Iterator&) const;

   private:
    std::span<const char> left_;
  };

  explicit MessageRange(std::span<const char> bytes) : bytes_(bytes) {}
  Iterator begin() const { return Iterator(bytes_); }
  Iterator end() const { return Iterator({}); }

 private:
  std::span<const char> bytes_;
};

/// Rounded up to netlink's alignment (MNL_ALIGN in types that do not sign-convert).
constexpr std::size_t aligned(std::size_t size) { return (size + 3U) & ~std::size_t{3}; }

/// What an attribute carries.
std::span<const char> payload(const nlattr& attribute);
/// What a message carries behind nlmsghdr.
std::span<const char> payload(const nlmsghdr& message);
/// `bytes` without its first `size`, rounded up to netlink's alignment; empty when there is no more.
std::span<const char> after(std::span<const char> bytes, std::size_t size);

}  // namespace nsbuild::engine
