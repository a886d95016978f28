// As little rtnetlink(7) as will do: a message that grows, and a socket that sends it and waits for its answer.
#pragma once
#include <array>
#include <cstdint>
#include <cstring>
#include <string>

#include <linux/rtnetlink.h>

namespace floor_bench {

class Message {
 public:
  template <class Header>
  Message(std::uint16_t type, std::uint16_t flags, const Header& header) {
    auto* head = reinterpret_cast<nlmsghdr*>(bytes_.data());
    head->nlmsg_type = type;
    head->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
    std::memcpy(bytes_.data() + NLMSG_HDRLEN, &header, sizeof header);
    size_ = NLMSG_SPACE(sizeof header);
  }

  void put(int type, const void* data, std::size_t size);
  template <class Number>
  void number(int type, Number value) {
    put(type, &value, sizeof value);
  }
  void text(int type, const std::string& value) { put(type, value.c_str(), value.size() + 1); }
  /// Bytes without an attribute's head: struct ifinfomsg in VETH_INFO_PEER, struct rtnexthop in RTA_MULTIPATH.
  void raw(const void* data, std::size_t size);
  std::size_t size() const { return size_; }
  std::size_t open(int type);
  void close(std::size_t opened);
  /// The head at `offset`, to complete what stood there before its size was known.
  void* at(std::size_t offset) { return bytes_.data() + offset; }
  const nlmsghdr* finish();

 private:
  alignas(nlmsghdr) std::array<char, 1024> bytes_{};
  std::size_t size_ = 0;
};

class Socket {
 public:
  Socket() = default;
  /// In the caller's network namespace; `groups` as in netlink(7).
  explicit Socket(unsigned groups);
  ~Socket();
  Socket(Socket&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Socket& operator=(Socket&& other) noexcept;
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  /// Waits for the acknowledgement; `what` is for the error.
  void request(Message& message, const char* what);
  /// Waits until the device of that index is gone; the socket listens to RTMGRP_LINK.
  void await_removal(int index);

 private:
  int fd_ = -1;
};

}  // namespace floor_bench
