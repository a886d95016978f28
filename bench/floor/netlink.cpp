#include "bench/floor/netlink.hpp"

#include "bench/floor/clock.hpp"

#include <stdexcept>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

namespace floor_bench {

namespace {

template <class T>
const T* payload(const nlmsghdr* message) {
  return reinterpret_cast<const T*>(reinterpret_cast<const char*>(message) + NLMSG_HDRLEN);
}

}  // namespace

void Message::raw(const void* data, std::size_t size) {
  if (size_ + NLMSG_ALIGN(size) > bytes_.size()) throw std::length_error("a message of the floor is too long");
  std::memcpy(bytes_.data() + size_, data, size);
  size_ += NLMSG_ALIGN(size);
}

void Message::put(int type, const void* data, std::size_t size) {
  const rtattr head{static_cast<unsigned short>(RTA_LENGTH(size)), static_cast<unsigned short>(type)};
  raw(&head, sizeof head);
  raw(data, size);
}

std::size_t Message::open(int type) {
  const std::size_t opened = size_;
  const rtattr head{0, static_cast<unsigned short>(type)};
  raw(&head, sizeof head);
  return opened;
}

void Message::close(std::size_t opened) {
  static_cast<rtattr*>(at(opened))->rta_len = static_cast<unsigned short>(size_ - opened);
}

const nlmsghdr* Message::finish() {
  auto* head = reinterpret_cast<nlmsghdr*>(bytes_.data());
  head->nlmsg_len = static_cast<std::uint32_t>(size_);
  return head;
}

Socket::Socket(unsigned groups) : fd_(check(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), "socket")) {
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = groups;
  if (groups != 0) check(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
}

Socket::~Socket() {
  if (fd_ >= 0) ::close(fd_);
}

Socket& Socket::operator=(Socket&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

void Socket::request(Message& message, const char* what) {
  const nlmsghdr* head = message.finish();
  check(::send(fd_, head, head->nlmsg_len, 0), what);
  alignas(nlmsghdr) std::array<char, 4096> answer{};
  check(::recv(fd_, answer.data(), answer.size(), 0), what);
  const auto* reply = reinterpret_cast<const nlmsghdr*>(answer.data());
  if (reply->nlmsg_type != NLMSG_ERROR) throw std::runtime_error(std::string(what) + ": no acknowledgement");
  const auto* error = payload<nlmsgerr>(reply);
  errno = -error->error;
  if (error->error != 0) fail(what);
}

void Socket::await_removal(int index) {
  alignas(nlmsghdr) std::array<char, 16384> news{};
  for (;;) {
    const auto size = ::recv(fd_, news.data(), news.size(), 0);
    if (size < 0 && errno == ENOBUFS) throw std::runtime_error("the news of the sentinel was lost");
    check(size, "recv");
    auto left = static_cast<unsigned>(size);
    for (auto* head = reinterpret_cast<nlmsghdr*>(news.data()); NLMSG_OK(head, left); head = NLMSG_NEXT(head, left))
      if (head->nlmsg_type == RTM_DELLINK && payload<ifinfomsg>(head)->ifi_index == index) return;
  }
}

}  // namespace floor_bench
