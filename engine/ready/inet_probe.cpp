// `tcp:` and `udp:`: a socket listens, or is bound, at that port in the service's network namespace.
#include "engine/linux/socket_diag.hpp"
#include "engine/ready/probe.hpp"
#include "engine/ready/sockets.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

namespace nsbuild::engine {
namespace {

/// As a 16-byte address: IPv4 is mapped (RFC 4291 section 2.5.5.2), as a dual-stack socket sees it.
using Bytes = std::array<std::uint8_t, 16>;
constexpr std::array<std::uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

Bytes bytes_of(bool v4, const std::uint8_t* address) {
  Bytes bytes{};
  if (v4) std::copy(mapped_prefix.begin(), mapped_prefix.end(), bytes.begin());
  std::copy_n(address, v4 ? 4 : 16, bytes.begin() + (v4 ? 12 : 0));
  return bytes;
}

Bytes bytes_of(const InetSocket& socket) {
  std::array<std::uint8_t, 16> raw{};
  std::memcpy(raw.data(), socket.header.id.idiag_src, raw.size());
  return bytes_of(socket.header.idiag_family == AF_INET, raw.data());
}

bool is_wildcard(const InetSocket& socket) {
  const __be32* source = socket.header.id.idiag_src;
  const std::ptrdiff_t words = socket.header.idiag_family == AF_INET ? 1 : 4;
  return std::all_of(source, source + words, [](__be32 word) { return word == 0; });
}

class InetProbe final : public Probe {
 public:
  InetProbe(planner::Ready wish, pid_t init) : wish_(std::move(wish)), init_(init) {}

  bool look() override {
    Netlink diag = sockets_of(init_);
    const bool v6_only = wish_.address && wish_.address->family == Family::v6;
    return (!v6_only && any_in(diag, AF_INET)) || any_in(diag, AF_INET6);
  }

  std::string lack() const override {
    return std::string(is_tcp() ? "nothing listens on " : "nothing is bound to ") + wish_.summary();
  }

 private:
  bool is_tcp() const { return wish_.probe == specs::Probe::tcp; }

  /// The kernel filters by port (inet_diag_dump_icsk in net/ipv4/inet_diag.c). A UDP socket that is connected hears
  /// only its peer; one that is not is in TCP_CLOSE.
  bool any_in(Netlink& diag, std::uint8_t family) const {
    Message message(SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST);
    InetSocketRequest request;
    request.header.sdiag_family = family;
    request.header.sdiag_protocol = is_tcp() ? IPPROTO_TCP : IPPROTO_UDP;
    request.header.idiag_states = 1U << (is_tcp() ? TCP_LISTEN : TCP_CLOSE);
    request.header.id.idiag_sport = htons(static_cast<std::uint16_t>(wish_.port));
    put_all(message, request);
    const std::vector<InetSocket> sockets = diag.dump<InetSocket>(message);
    return std::any_of(sockets.begin(), sockets.end(), [&](const InetSocket& socket) { return is_meant(socket); });
  }

  bool is_meant(const InetSocket& socket) const {
    if (ntohs(socket.header.id.idiag_sport) != wish_.port) return false;
    if (!wish_.address) return true;
    const bool want_v4 = wish_.address->family == Family::v4;
    if (bytes_of(socket) == bytes_of(want_v4, wish_.address->bytes.data())) return true;
    if (!is_wildcard(socket)) return false;
    const bool is_v4 = socket.header.idiag_family == AF_INET;
    return is_v4 == want_v4 || (want_v4 && socket.v6_only.value_or(0) == 0);
  }

  planner::Ready wish_;
  pid_t init_;
};

}  // namespace

std::unique_ptr<Probe> make_inet_probe(const planner::Ready& wish, const RunningService& service) {
  return std::make_unique<InetProbe>(wish, service.init);
}

}  // namespace nsbuild::engine
