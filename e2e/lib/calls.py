"""System calls by what they do: which of them lib/strike.py strikes at. Each that nsbuild makes is in one of these sets."""

# What changes the machine, or what the processes of nsbuild make of each other.
CHANGING = set("""mount umount2 move_mount fsopen fsconfig fsmount open_tree mount_setattr pivot_root chroot chdir fchdir
    unshare setns clone clone3 fork vfork execve execveat kill tgkill pidfd_send_signal pidfd_open pidfd_getfd
    rename renameat renameat2 unlink unlinkat mkdir mkdirat rmdir symlink symlinkat link linkat mknod mknodat
    chmod fchmod fchmodat chown fchown lchown fchownat utimensat sethostname setdomainname memfd_create ftruncate
    truncate flock socketpair socket bind connect sendto sendmsg sendmmsg write pwrite64 writev pwritev sendfile splice
    copy_file_range prctl setsid setgroups setresuid setresgid setrlimit prlimit64 setpriority dup3 pipe2 signalfd4
    openat openat2 open creat""".split())
# What changes nothing that outlives its process, but takes memory or a descriptor, or tells a socket how to answer: it can
# fail, and whether nsbuild is killed there or a call later is the same. Of fcntl(2) that is making descriptors and seals; of
# mmap(2) a memfd's memory and all that the spawner and the inits ask for. What loader and allocator ask for is left out:
# which of nsbuild's steps needs a page more is theirs to say, and a new(1) without memory ends the program like a kill.
TAKING = set("""eventfd2 epoll_create1 epoll_ctl inotify_init1 inotify_add_watch timerfd_create fcntl dup dup2 mmap
    setsockopt""".split())
# What looks, waits, gives back or cannot fail. What is opened for reading, and is nsbuild's own, is struck all the same.
HARMLESS = set("""access arch_prctl brk capget clock_gettime clock_nanosleep close close_range epoll_wait exit exit_group
    faccessat faccessat2 futex getdents64 geteuid getpid getrandom gettid getuid ioctl listmount lseek mprotect munmap
    newfstatat poll ppoll pread64 read readlink readlinkat recvfrom recvmsg rseq rt_sigaction rt_sigprocmask set_robust_list
    set_tid_address statfs statmount statx umask wait4 waitid""".split())
