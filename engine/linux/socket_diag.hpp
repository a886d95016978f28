// The sock_diag(7) messages that nsbuild speaks: which sockets listen or are bound in a network namespace.
#pragma once
#include "engine/linux/attribute.hpp"

#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>

namespace nsbuild::engine {

struct InetSocketRequest {
  inet_diag_req_v2 header{};
  static constexpr auto attributes = std::tuple{};
};

/// One TCP or UDP socket; ports are in network order.
struct InetSocket {
  inet_diag_msg header{};
  std::optional<std::uint8_t> v6_only;
  static constexpr auto attributes = std::tuple{Attribute{INET_DIAG_SKV6ONLY, &InetSocket::v6_only}};
};

struct UnixSocketRequest {
  unix_diag_req header{};
  static constexpr auto attributes = std::tuple{};
};

struct UnixSocket {
  unix_diag_msg header{};
  std::optional<std::string> name;   // as it was bound; the file may have been renamed since
  std::optional<std::uint64_t> vfs;  // struct unix_diag_vfs: where its file is
  static constexpr auto attributes =
      std::tuple{Attribute{UNIX_DIAG_NAME, &UnixSocket::name}, Attribute{UNIX_DIAG_VFS, &UnixSocket::vfs}};
};

}  // namespace nsbuild::engine
