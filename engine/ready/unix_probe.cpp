// `unix:`: a socket listens, or a datagram socket is bound, at that path of the service's root. The path that a socket
// was bound to says little: haproxy binds a temporary name and renames it, and every service may have a /run of its
// own. So the file at the path is compared with the file of each socket.
#include "engine/linux/socket_diag.hpp"
#include "engine/ready/inside_root.hpp"
#include "engine/ready/probe.hpp"
#include "engine/ready/sockets.hpp"

#include <algorithm>
#include <cstring>

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace nsbuild::engine {
namespace {

/// The kernel's own dev_t, as unix_diag shows it (include/linux/kdev_t.h).
std::uint32_t kernel_device(dev_t device) {
  return static_cast<std::uint32_t>(::major(device) << 20U) | static_cast<std::uint32_t>(::minor(device));
}

struct Where {
  std::uint32_t inode = 0;
  std::uint32_t device = 0;
  std::uint32_t directory_device = 0;  // on an overlay a file's own differs from the mount's, a directory's does not
};

class UnixProbe final : public Probe {
 public:
  UnixProbe(std::string path, pid_t init) : path_(std::move(path)), init_(init) {}

  bool look() override {
    struct stat status {};
    const Fd file = open_inside(init_, path_);
    exists_ = file && ::fstat(file.get(), &status) == 0;
    is_socket_ = exists_ && S_ISSOCK(status.st_mode);
    if (!is_socket_) return false;
    Where where{static_cast<std::uint32_t>(status.st_ino), kernel_device(status.st_dev), 0};
    const Fd directory = open_inside(init_, path_.substr(0, path_.rfind('/') + 1));
    if (directory && ::fstat(directory.get(), &status) == 0) where.directory_device = kernel_device(status.st_dev);
    return any_at(where);
  }

  std::string lack() const override {
    if (!exists_) return "there is no socket " + path_;
    return is_socket_ ? "nothing listens on unix " + path_ : path_ + " is not a socket";
  }

 private:
  bool any_at(const Where& where) const {
    Netlink diag = sockets_of(init_);
    Message message(SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST);
    UnixSocketRequest request;
    request.header.sdiag_family = AF_UNIX;
    request.header.udiag_states = ~0U;
    request.header.udiag_show = UDIAG_SHOW_VFS | UDIAG_SHOW_NAME;
    put_all(message, request);
    const std::vector<UnixSocket> sockets = diag.dump<UnixSocket>(message);
    return std::any_of(sockets.begin(), sockets.end(),
                       [&](const UnixSocket& socket) { return listens(socket) && is_at(socket, where); });
  }

  static bool listens(const UnixSocket& socket) {
    return socket.header.udiag_type == SOCK_DGRAM || socket.header.udiag_state == TCP_LISTEN;
  }

  bool is_at(const UnixSocket& socket, const Where& where) const {
    if (!socket.vfs) return false;
    unix_diag_vfs vfs{};
    std::memcpy(&vfs, &*socket.vfs, sizeof vfs);
    const bool same_device = vfs.udiag_vfs_dev == where.device || vfs.udiag_vfs_dev == where.directory_device;
    return vfs.udiag_vfs_ino == where.inode && (same_device || socket.name == path_);
  }

  std::string path_;
  pid_t init_;
  bool exists_ = false;
  bool is_socket_ = false;
};

}  // namespace

std::unique_ptr<Probe> make_unix_probe(const planner::Ready& wish, const RunningService& service) {
  return std::make_unique<UnixProbe>(wish.text, service.init);
}

}  // namespace nsbuild::engine
