#include "engine/init/channel.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <sys/socket.h>
#include <sys/uio.h>

namespace nsbuild::init {
namespace {

struct alignas(cmsghdr) Control {
  char bytes[CMSG_SPACE(sizeof(int) * channel_fds)];
};

void put_fds(msghdr& message, Control& control, const int* fds, std::size_t count) noexcept {
  if (count == 0) return;
  std::memset(&control, 0, sizeof control);
  message.msg_control = control.bytes;
  message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int) * count);
  std::memcpy(CMSG_DATA(header), fds, sizeof(int) * count);
}

void take_fds(msghdr& message, int* fds, std::size_t count) noexcept {
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) return;
  const std::size_t came = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
  std::memcpy(fds, CMSG_DATA(header), sizeof(int) * std::min(came, count));
}

}  // namespace

int send_message(int channel, const void* data, std::size_t size, const int* fds, std::size_t fd_count,
                 const char* text, std::size_t text_size) noexcept {
  Control control;
  iovec parts[2] = {{const_cast<void*>(data), size}, {const_cast<char*>(text), text_size}};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = text_size == 0 ? 1 : 2;
  put_fds(message, control, fds, fd_count);
  ssize_t sent = 0;
  do sent = sendmsg(channel, &message, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent < 0 ? -1 : 0;
}

ssize_t receive_message(int channel, void* data, std::size_t size, int* fds, std::size_t fd_count, int flags) noexcept {
  std::fill_n(fds, fd_count, -1);
  Control control;
  iovec part{data, size};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  ssize_t came = 0;
  do came = recvmsg(channel, &message, MSG_CMSG_CLOEXEC | flags);
  while (came < 0 && errno == EINTR);
  if (came >= 0) take_fds(message, fds, fd_count);
  return came;
}

}  // namespace nsbuild::init
