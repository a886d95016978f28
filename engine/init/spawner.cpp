// The program that inits are born from: small, so that a fork costs little, in a mount namespace that lost the pins of
// network namespaces, so that a copy of it costs little too. It serves one nsbuild over descriptor 3 and ends with it;
// its inits live on.
#include "engine/init/channel.hpp"
#include "engine/init/init.hpp"
#include "engine/init/setup.hpp"

#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace nsbuild::init {
namespace {

constexpr int channel_fd = 3;

bool unmount(const char* point) noexcept { return umount2(point, MNT_DETACH | UMOUNT_NOFOLLOW) == 0; }

/// What is no mount, or is locked in its place by a user namespace (EINVAL), or is not there (ENOENT), cannot be
/// helped.
bool has_failed(int error) noexcept { return error != EINVAL && error != ENOENT; }

/// Cut off from the machine's mounts in both directions; the pins below `pins` would keep namespaces alive and make
/// every copy dearer. The directory is usually a mount itself, sometimes more than one, and takes them all along.
int leave_machine(const char* pins) noexcept {
  if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return errno;
  while (unmount(pins)) {
  }
  if (has_failed(errno)) return errno;
  Setup setup;
  const char* left = mounts_below(setup, pins);
  if (left == nullptr) return errno;
  for (; *left != '\0'; left += std::strlen(left) + 1)
    if (!unmount(left) && has_failed(errno)) return errno;
  return 0;
}

/// clone3(2) without CLONE_VM: a fork into new namespaces.
long clone_init(int* pidfd) noexcept {  // NOLINT(readability-non-const-parameter): the kernel writes it
  clone_args arguments{};
  arguments.flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_PIDFD;
  arguments.pidfd = reinterpret_cast<std::uintptr_t>(pidfd);
  arguments.exit_signal = SIGCHLD;
  return syscall(SYS_clone3, &arguments, sizeof arguments);
}

/// `title` begins with the path of the pins; inits write over their own copies. Why the machine could not be left is
/// told to one launch, then it is tried anew: what failed for a moment must not fail the way back as well.
void serve(char* title, std::size_t title_size) noexcept {
  for (int broken = leave_machine(title);; broken = broken == 0 ? 0 : leave_machine(title)) {
    LaunchRequest request{};
    int fds[launch_fds];
    if (receive_message(channel_fd, &request, sizeof request, fds, launch_fds) <= 0) return;
    int pidfd = -1;
    const long pid = broken == 0 ? clone_init(&pidfd) : -1;
    if (pid == 0) run_init(request, fds, title, title_size);
    const Launched launched{request.id, static_cast<std::int32_t>(pid), pid > 0 ? 0 : broken == 0 ? errno : broken};
    // Unheard, it would be waited for: our end is the answer that always arrives, and the init ends on its EOF.
    if (send_message(channel_fd, &launched, sizeof launched, &pidfd, pid > 0 ? 1 : 0) != 0) return;
    for (const int fd : fds) close(fd);
    if (pidfd >= 0) close(pidfd);
  }
}

/// nsbuild may have ignored signals; what is ignored stays so across exec(2).
void reset_signals() noexcept {
  for (int signal = 1; signal < NSIG; ++signal) std::signal(signal, SIG_DFL);
  std::signal(SIGCHLD, SIG_IGN);  // inits are reaped by the kernel
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);  // a terminal's Ctrl-C is nsbuild's business
}

}  // namespace
}  // namespace nsbuild::init

/// argv[1]: where network namespaces are pinned; argv[2]: room for what an init is called.
int main(int count, char** arguments) {
  using namespace nsbuild::init;
  reset_signals();
  setsid();
  umask(022);
  prctl(PR_SET_NAME, "nsbuild-spawner");
  if (count != 3) return 2;
  char* const end = arguments[2] + std::strlen(arguments[2]);
  serve(arguments[1], static_cast<std::size_t>(end - arguments[1]));  // argv's strings lie side by side
  return 0;
}
