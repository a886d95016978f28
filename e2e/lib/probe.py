#!/usr/bin/python3
"""What a process sees of the machine and of others, as JSON. Run as a command of its own, in a service and outside, so that
each answer has a counterpart: what must not be seen in one place has to be seen in the other."""
import ctypes
import errno
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

KEY = 0x6E736275
libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = libc.sem_open.restype = ctypes.c_void_p
IPC_CREAT = 0o1000


def ok(result):
    return result not in (-1, None)


def ipc_objects(name, make):
    """Opens one object of each kind of IPC, or makes it; which of them there are. svipc(7), shm_open(3), sem_open(3) and
    mq_open(3)."""
    flags, posix = (IPC_CREAT | 0o600, os.O_CREAT | os.O_RDWR) if make else (0, os.O_RDWR)
    text = ctypes.c_char_p(f"/{name}".encode())
    mode = ctypes.c_uint(0o600)
    results = {
        "System V shared memory": libc.shmget(KEY, 4096, flags),
        "System V semaphores": libc.semget(KEY, 1, flags),
        "System V message queue": libc.msgget(KEY, flags),
        "POSIX shared memory": libc.shm_open(text, posix, mode),
        "POSIX semaphore": libc.sem_open(text, posix, mode, ctypes.c_uint(1)),
        "POSIX message queue": libc.mq_open(text, posix, mode, None),
    }
    return sorted(kind for kind, result in results.items() if ok(result))


def unmake(name):
    """Removes what `ipc_objects` has made in namespaces that outlive the test's lab."""
    libc.shmctl(libc.shmget(KEY, 4096, 0), 0, None)
    libc.semctl(libc.semget(KEY, 1, 0), 0, 0)
    libc.msgctl(libc.msgget(KEY, 0), 0, None)
    text = ctypes.c_char_p(f"/{name}".encode())
    return [libc.shm_unlink(text), libc.sem_unlink(text), libc.mq_unlink(text)]


def answers(pid):
    """Whether a signal to that PID would reach somebody."""
    try:
        os.kill(pid, 0)
    except OSError as error:
        return error.errno != errno.ESRCH
    return True


def processes(highest):
    """Who is in /proc, by command line; and who answers of all PIDs up to one that is surely there outside."""
    seen = {int(pid): Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
            for pid in os.listdir("/proc") if pid.isdigit()}
    return {"own": os.getpid(), "seen": seen, "answer": [pid for pid in range(1, int(highest) + 1) if answers(pid)]}


def kill_all():
    """Sends SIGKILL to every process that this one may signal, except itself and the first (kill(2)); how its own child took it."""
    child = subprocess.Popen(["sleep", "4005"])
    os.kill(-1, signal.SIGKILL)
    return child.wait()


def descriptors(pid="self"):
    held = {}
    for number in sorted(os.listdir(f"/proc/{pid}/fd"), key=int):
        try:
            held[number] = os.readlink(f"/proc/{pid}/fd/{number}")
        except FileNotFoundError:
            pass  # that of the listing itself
    return held


def terminal():
    """proc_pid_stat(5)'s tty_nr, and what opening the controlling terminal says (tty(4))."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    try:
        os.close(os.open("/dev/tty", os.O_RDWR))
        opened = "open"
    except OSError as error:
        opened = errno.errorcode[error.errno]
    return {"tty": int(fields[4]), "open": opened, "leads": os.getsid(0) == os.getpid()}


def bomb(seconds):
    """Forks as long as the kernel lets it, each of its children does the same, and again whenever one has ended; deaf to every
    signal that can be ignored, in sessions of their own. RLIMIT_NPROC of its user bounds it, and time."""
    end = time.monotonic() + float(seconds)
    for number in set(signal.valid_signals()) - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD}:
        signal.signal(number, signal.SIG_IGN)
    while time.monotonic() < end:
        try:
            if os.fork() == 0:
                os.setsid()
        except BlockingIOError:
            time.sleep(0.01)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass
    os._exit(0)


def forge(name, size):
    """Is, as far as its descriptors tell, the init of a service: a sealed record, of nothing but its length."""
    record = os.memfd_create(name, os.MFD_ALLOW_SEALING)
    os.truncate(record, int(size))
    fcntl.fcntl(record, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE)
    os.dup2(record, 3)
    return os.readlink("/proc/self/fd/3")


COMMANDS = {
    "forge": forge,
    "ipc-make": lambda name: ipc_objects(name, True),
    "ipc-find": lambda name: ipc_objects(name, False),
    "ipc-unmake": unmake,
    "processes": processes,
    "kill-all": kill_all,
    "descriptors": descriptors,
    "terminal": terminal,
    "bomb": bomb,
}

if __name__ == "__main__":
    stay = sys.argv[1] == "--stay"
    command, *arguments = sys.argv[1 + stay:]
    print(json.dumps(COMMANDS[command](*arguments)), flush=True)
    if stay:
        time.sleep(10000)
