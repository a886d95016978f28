#include "engine/linux/netlink.hpp"

#include <cerrno>
#include <climits>
#include <memory>
#include <span>
#include <utility>

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace nsbuild::engine {

namespace {

std::string refusal_text(std::string words, int code) {
  if (words.empty()) {
    const char* text = strerrordesc_np(code);
    words = text != nullptr ? text : "refused";
  }
  if (words.back() == '.') words.pop_back();
  return words + " (" + errno_name(code) + ")";
}

/// The extended acknowledgement's text, behind an error or an end of dump (Documentation/userspace-api/netlink).
std::string words_in(const nlmsghdr& message, std::size_t fixed) {
  if ((message.nlmsg_flags & NLM_F_ACK_TLVS) == 0) return {};
  std::string words;
  for (const nlattr& attribute : AttributeRange(after(payload(message), fixed)))
    if (mnl_attr_get_type(&attribute) == NLMSGERR_ATTR_MSG) get_value(payload(attribute), words);
  return words;
}

/// Each thread's own, from its first message on: as a thread-local array it would be zeroed at every start-up.
std::span<char> buffer() {
  constexpr std::size_t size = 65536;
  thread_local const auto memory = std::make_unique_for_overwrite<char[]>(size);
  return {memory.get(), size};
}

[[noreturn]] void refuse(const nlmsghdr& message, std::size_t fixed, int code) {
  throw Refusal(words_in(message, fixed), code);
}

/// The kernel's are negative; of the smallest number of all there is no positive one.
int errno_of(int status) { return status < 0 && status != INT_MIN ? -status : EPROTO; }

}  // namespace

void check_acknowledgement(const nlmsghdr& message) {
  nlmsgerr error{};
  const auto bytes = payload(message);
  if (bytes.size() < sizeof error) throw Error("the kernel's answer ends early");
  std::memcpy(&error, bytes.data(), sizeof error);
  if (error.error == 0) return;
  std::size_t fixed = sizeof error;
  if ((message.nlmsg_flags & NLM_F_CAPPED) == 0 && error.msg.nlmsg_len >= sizeof(nlmsghdr))
    fixed += error.msg.nlmsg_len - sizeof(nlmsghdr);
  refuse(message, fixed, errno_of(error.error));
}

void check_end(const nlmsghdr& message) {
  int status = 0;
  const auto bytes = payload(message);
  if (bytes.size() < sizeof status) return;
  std::memcpy(&status, bytes.data(), sizeof status);
  if (status < 0) refuse(message, sizeof status, errno_of(status));
}

Refusal::Refusal(const std::string& words, int code) : Error(refusal_text(words, code)), code_(code) {}

Netlink::Netlink(int family) : socket_(mnl_socket_open2(family, SOCK_CLOEXEC)) {
  if (!socket_) throw SysError("open a netlink socket");
}

void Netlink::set_options() {
  if (std::exchange(has_options_, true)) return;
  int on = 1;
  // Not fatal: without them the words are poorer and dumps are longer, which an older kernel has to live with.
  for (const int option : {NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK})
    mnl_socket_setsockopt(socket_.get(), option, &on, sizeof on);
}

void Netlink::send(Message& message) {
  message.get()->nlmsg_seq = ++sequence_;
  if (mnl_socket_sendto(socket_.get(), message.get(), message.size()) < 0) throw SysError("send to netlink");
}

/// SIOCGSKNS (include/uapi/linux/sockios.h); it comes with CLOEXEC.
Fd Netlink::open_namespace() const { return Fd(::ioctl(mnl_socket_get_fd(socket_.get()), SIOCGSKNS)); }

void Netlink::request(Message& message) {
  set_options();
  message.get()->nlmsg_flags |= NLM_F_ACK;
  send(message);
  receive([](const nlmsghdr&) {});
}

std::span<const char> Netlink::read() {
  for (;;) {
    const ssize_t got = ::recv(mnl_socket_get_fd(socket_.get()), buffer().data(), offer_, MSG_TRUNC);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw SysError("receive from netlink");
    if (static_cast<std::size_t>(got) > offer_) truncated(static_cast<std::size_t>(got));
    if (static_cast<std::size_t>(got) > offer_ / 2) offer_ = buffer().size();
    return {buffer().data(), static_cast<std::size_t>(got)};
  }
}

/// Each read makes the kernel go on with the dump, so nothing comes any more when there is nothing to read.
void Netlink::truncated(std::size_t size) {
  if (size > buffer().size()) throw Error("an answer of " + std::to_string(size) + " bytes is too long to read");
  offer_ = buffer().size();
  while (::recv(mnl_socket_get_fd(socket_.get()), buffer().data(), buffer().size(), MSG_DONTWAIT) > 0) continue;
  throw Truncated();
}

bool Netlink::receive(const Each& each) {
  bool whole = true;
  for (;;) {
    for (const nlmsghdr& message : MessageRange(read())) {
      if (message.nlmsg_seq != sequence_) continue;  // left over from a request that ended early
      if ((message.nlmsg_flags & NLM_F_DUMP_INTR) != 0) whole = false;
      if (message.nlmsg_type == NLMSG_ERROR) return check_acknowledgement(message), whole;
      if (message.nlmsg_type == NLMSG_DONE) return check_end(message), whole;
      each(message);
    }
  }
}

void Netlink::receive_one(const Each& each) {
  for (;;) {
    for (const nlmsghdr& message : MessageRange(read())) {
      if (message.nlmsg_seq != sequence_) continue;
      if (message.nlmsg_type == NLMSG_ERROR) return check_acknowledgement(message);
      return each(message);
    }
  }
}

}  // namespace nsbuild::engine
