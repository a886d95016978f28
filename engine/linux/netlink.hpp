// A netlink socket of one namespace: requests with the kernel's own words on refusal, and dumps that are whole.
#pragma once
#include "engine/error.hpp"
#include "engine/fd.hpp"
#include "engine/linux/attribute.hpp"

#include <functional>
#include <memory>

#include <linux/netlink.h>

namespace nsbuild::engine {

/// The kernel said no: "Nexthop has invalid gateway (ENETUNREACH)", from the extended acknowledgement where there is
/// one.
class Refusal : public Error {
 public:
  Refusal(const std::string& words, int code);
  int code() const { return code_; }

 private:
  int code_;
};

/// Of an NLMSG_ERROR and of an NLMSG_DONE. Each throws Refusal unless it says that all is well.
void check_acknowledgement(const nlmsghdr& message);
void check_end(const nlmsghdr& message);

class Netlink {
 public:
  /// In the calling thread's network namespace, which it keeps for life. `family` as in netlink(7). Throws SysError.
  explicit Netlink(int family = NETLINK_ROUTE);
  /// That namespace; none, with errno, when it cannot be opened.
  Fd open_namespace() const;

  /// Sends and waits for the acknowledgement. Throws Refusal.
  void request(Message& message);
  /// The one answer to a request. Throws Refusal.
  template <Table T>
  T get(Message& message);
  /// Every answer to a dump, again from the start when something changed meanwhile (NLM_F_DUMP_INTR). Throws Refusal.
  template <Table T>
  std::vector<T> dump(Message& message);

 private:
  using Each = std::function<void(const nlmsghdr&)>;
  /// One question and its answer, which a destroy asks in every namespace, do without.
  void set_options();
  void send(Message& message);
  /// Reads until the answer to the last message has ended. False: a dump that was disturbed.
  bool receive(const Each& each);
  /// Reads one answer, to which no acknowledgement comes.
  void receive_one(const Each& each);
  /// One read of the socket; what came lasts until the next one of this thread.
  std::span<const char> read();
  [[noreturn]] void truncated(std::size_t size);
  /// An answer was longer than what was offered for it; now more is.
  struct Truncated {};

  struct Close {
    void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
  };
  std::unique_ptr<mnl_socket, Close> socket_;
  std::uint32_t sequence_ = 0;
  bool has_options_ = false;
  /// A dump's messages are as long as the most that the reader has offered, in memory that the kernel takes in one
  /// piece (netlink_dump in net/netlink/af_netlink.c). This much fits into 8 kB there and is more than most answers
  /// are; one long answer, and all of the buffer is offered.
  std::size_t offer_ = 7872;
};

template <Table T>
T Netlink::get(Message& message) {
  std::optional<T> answer;
  const auto ask = [&] {
    send(message);
    receive_one([&](const nlmsghdr& one) { answer = decode<T>(one); });
  };
  try {
    ask();
  } catch (const Truncated&) {
    ask();
  }
  if (!answer) throw Error("the kernel gave no answer");
  return *std::move(answer);
}

template <Table T>
std::vector<T> Netlink::dump(Message& message) {
  constexpr int tries = 16;  // a daemon that changes routes all the time must not keep us here for ever
  set_options();
  message.get()->nlmsg_flags |= NLM_F_DUMP;
  for (int i = 0; i < tries; ++i) try {
      std::vector<T> all;
      send(message);
      const bool whole = receive([&](const nlmsghdr& one) {
        if (auto decoded = decode<T>(one)) all.push_back(*std::move(decoded));
      });
      if (whole) return all;
    } catch (const Truncated&) {
      continue;
    }
  throw Error("the kernel's tables change faster than they can be read");
}

}  // namespace nsbuild::engine
