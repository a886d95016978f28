// The system calls that the init makes, under their C names. glibc's would bring its start-up, its locales and its
// stdio along: 700 kB, of which each init would map most. Their headers are not included here: with six words in and
// one out every call has the same shape, and the kernel looks at as many as it needs.
#include "engine/init/freestanding/raw.hpp"

#include <asm/unistd.h>

using nsbuild::init::raw_call;

namespace {

constexpr long at_cwd = -100;  // AT_FDCWD
constexpr long at_symlink_nofollow = 0x100;
constexpr long at_empty_path = 0x1000;
constexpr long sigset_size = 8;  // the kernel's, not glibc's 128

int last_error = 0;

}  // namespace

extern "C" {

// NOLINTNEXTLINE(bugprone-reserved-identifier): the name that <errno.h> of libc knows it by
int* __errno_location() { return &last_error; }

long nsbuild_call_result(long value) {
  if (value < 0 && value > -4096) {
    last_error = static_cast<int>(-value);
    return -1;
  }
  return value;
}

#define NSBUILD_CALL(name, number)                                  \
  long name(long a, long b, long c, long d, long e, long f) {       \
    return nsbuild_call_result(raw_call(number, a, b, c, d, e, f)); \
  }

NSBUILD_CALL(_exit, __NR_exit_group)
NSBUILD_CALL(chdir, __NR_chdir)
NSBUILD_CALL(chroot, __NR_chroot)
NSBUILD_CALL(clock_gettime, __NR_clock_gettime)
NSBUILD_CALL(close, __NR_close)
NSBUILD_CALL(close_range, __NR_close_range)
NSBUILD_CALL(dup3, __NR_dup3)
NSBUILD_CALL(execve, __NR_execve)
NSBUILD_CALL(fchdir, __NR_fchdir)
NSBUILD_CALL(fchmod, __NR_fchmod)
NSBUILD_CALL(fchown, __NR_fchown)
NSBUILD_CALL(fcntl, __NR_fcntl)
NSBUILD_CALL(fsconfig, __NR_fsconfig)
NSBUILD_CALL(fsmount, __NR_fsmount)
NSBUILD_CALL(fsopen, __NR_fsopen)
NSBUILD_CALL(ftruncate, __NR_ftruncate)
NSBUILD_CALL(getpid, __NR_getpid)
NSBUILD_CALL(ioctl, __NR_ioctl)
NSBUILD_CALL(kill, __NR_kill)
NSBUILD_CALL(lseek, __NR_lseek)
NSBUILD_CALL(mkdirat, __NR_mkdirat)
NSBUILD_CALL(mknodat, __NR_mknodat)
NSBUILD_CALL(mmap, __NR_mmap)
NSBUILD_CALL(mount, __NR_mount)
NSBUILD_CALL(mount_setattr, __NR_mount_setattr)
NSBUILD_CALL(move_mount, __NR_move_mount)
NSBUILD_CALL(munmap, __NR_munmap)
NSBUILD_CALL(open_tree, __NR_open_tree)
NSBUILD_CALL(openat, __NR_openat)
NSBUILD_CALL(prctl, __NR_prctl)
NSBUILD_CALL(pipe2, __NR_pipe2)
NSBUILD_CALL(pread, __NR_pread64)
NSBUILD_CALL(prlimit, __NR_prlimit64)
NSBUILD_CALL(read, __NR_read)
NSBUILD_CALL(readlinkat, __NR_readlinkat)
NSBUILD_CALL(recvmsg, __NR_recvmsg)
NSBUILD_CALL(renameat, __NR_renameat)
NSBUILD_CALL(sendmsg, __NR_sendmsg)
NSBUILD_CALL(setgroups, __NR_setgroups)
NSBUILD_CALL(sethostname, __NR_sethostname)
NSBUILD_CALL(setns, __NR_setns)
NSBUILD_CALL(setpriority, __NR_setpriority)
NSBUILD_CALL(setresgid, __NR_setresgid)
NSBUILD_CALL(setresuid, __NR_setresuid)
NSBUILD_CALL(setsid, __NR_setsid)
NSBUILD_CALL(socketpair, __NR_socketpair)
NSBUILD_CALL(statfs, __NR_statfs)
NSBUILD_CALL(statx, __NR_statx)
NSBUILD_CALL(symlinkat, __NR_symlinkat)
NSBUILD_CALL(umask, __NR_umask)
NSBUILD_CALL(umount2, __NR_umount2)
NSBUILD_CALL(unshare, __NR_unshare)
NSBUILD_CALL(write, __NR_write)

#undef NSBUILD_CALL

long syscall(long number, long a, long b, long c, long d, long e, long f) {
  return nsbuild_call_result(raw_call(number, a, b, c, d, e, f));
}

// Newer architectures lack the forms without a directory, so these are made of those with one.

// NOLINTNEXTLINE(clang-analyzer-unix.API): it is our openat(), where each call takes all six
long open(long path, long flags, long mode) { return openat(at_cwd, path, flags, mode, 0, 0); }
long mkdir(long path, long mode) { return mkdirat(at_cwd, path, mode, 0, 0, 0); }
long readlink(long path, long buffer, long size) { return readlinkat(at_cwd, path, buffer, size, 0, 0); }
long access(long path, long mode) { return syscall(__NR_faccessat, at_cwd, path, mode, 0, 0, 0); }
long stat(long path, long status) { return syscall(__NR_newfstatat, at_cwd, path, status, 0, 0, 0); }
long lstat(long path, long status) { return syscall(__NR_newfstatat, at_cwd, path, status, at_symlink_nofollow, 0, 0); }
long fstatat(long at, long path, long status, long flags) {
  return syscall(__NR_newfstatat, at, path, status, flags, 0, 0);
}
long fstat(long fd, long status) {
  return syscall(__NR_newfstatat, fd, reinterpret_cast<long>(""), status, at_empty_path, 0, 0);
}
long dup2(long from, long to) { return from == to ? to : dup3(from, to, 0, 0, 0, 0); }
long waitpid(long pid, long status, long options) { return syscall(__NR_wait4, pid, status, options, 0, 0, 0); }

long poll(long fds, long count, int milliseconds) {
  const long time[2] = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
  const long timeout = milliseconds < 0 ? 0 : reinterpret_cast<long>(time);
  return syscall(__NR_ppoll, fds, count, timeout, 0, 0, 0);
}

long signalfd(long fd, long mask, long flags) { return syscall(__NR_signalfd4, fd, mask, sigset_size, flags, 0, 0); }

long sigprocmask(long how, long set, long old) {
  return syscall(__NR_rt_sigprocmask, how, set, old, sigset_size, 0, 0);
}

/// For SIG_DFL and SIG_IGN only: a handler would need a restorer.
long signal(long number, long handler) {
  const long action[4] = {handler, 0, 0, 0};
  return syscall(__NR_rt_sigaction, number, reinterpret_cast<long>(action), 0, sigset_size, 0, 0);
}

}  // extern "C"
