// One message with descriptors over a SOCK_SEQPACKET socket (unix(7), SCM_RIGHTS); used on both sides of the wire.
#pragma once
#include <cstddef>

#include <sys/types.h>

namespace nsbuild::init {

/// At most this many descriptors travel with a message.
inline constexpr std::size_t channel_fds = 8;

/// 0, or -1 with errno. `data` goes out in two parts so that a text need not be copied behind its header.
int send_message(int channel, const void* data, std::size_t size, const int* fds, std::size_t fd_count,
                 const char* text = nullptr, std::size_t text_size = 0) noexcept;

/// Size of the message, 0 at EOF, -1 with errno. Descriptors are CLOEXEC; those that did not come are -1.
ssize_t receive_message(int channel, void* data, std::size_t size, int* fds, std::size_t fd_count,
                        int flags = 0) noexcept;

}  // namespace nsbuild::init
