"""ptrace(2), as far as lib/strike.py needs it: seize a command and all that it starts, stop at their system calls."""
import ctypes
import errno
import os
import platform
import re
import signal
import struct
from pathlib import Path

HEADER = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
# linux/ptrace.h
SYSCALL, POKEUSER, DETACH, SETOPTIONS, GETEVENTMSG = 24, 6, 17, 0x4200, 0x4201
SEIZE, INTERRUPT, LISTEN, GET_SYSCALL_INFO = 0x4206, 0x4207, 0x4208, 0x420E
O_SYSGOOD, O_FORK, O_VFORK, O_CLONE, O_EXEC = 1, 2, 4, 8, 16
EVENT_FORK, EVENT_VFORK, EVENT_CLONE, EVENT_EXEC, EVENT_STOP = 1, 2, 3, 4, 128
SYSCALL_STOP = signal.SIGTRAP | 0x80
ENTRY, EXIT = 1, 2
RESTARTS = (-512, -513, -514, -516)
# struct user (sys/user.h) of x86-64: where the number of a call and its result are.
ORIG_RAX, RAX = 15 * 8, 10 * 8
WALL = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long
_info = ctypes.create_string_buffer(88)
_word = ctypes.c_ulong()


def missing():
    """Why this cannot be done here; empty when it can."""
    if platform.machine() != "x86_64":
        return "knows the registers of x86-64 only"
    return "" if HEADER.exists() else f"needs {HEADER} (apt install linux-libc-dev)"


def numbers():
    """System calls by number."""
    return {int(number): name for name, number in
            re.findall(r"#define __NR_(\w+) (\d+)", HEADER.read_text())}


def request(what, pid, address=0, data=0):
    """False when the process is gone."""
    if _libc.ptrace(what, pid, address, data) >= 0:
        return True
    if ctypes.get_errno() == errno.ESRCH:
        return False
    raise OSError(ctypes.get_errno(), f"ptrace request {what:#x} of {pid}: {os.strerror(ctypes.get_errno())}")


def entered(pid):
    """Number and arguments of the call that a stopped process enters; None when it leaves one."""
    if not request(GET_SYSCALL_INFO, pid, len(_info), ctypes.addressof(_info)) or _info.raw[0] != ENTRY:
        return None
    return struct.unpack_from("<7Q", _info.raw, 24)


def is_restarted(pid):
    """Whether the call that a stopped process leaves will be made again, unseen by the program: ERESTARTSYS and its
    kin of linux/errno.h. A sysctl of the network that finds rtnl_mutex taken does so for as long as it is."""
    if not request(GET_SYSCALL_INFO, pid, len(_info), ctypes.addressof(_info)) or _info.raw[0] != EXIT:
        return False
    return struct.unpack_from("<q", _info.raw, 24)[0] in RESTARTS


def message_of_event(pid):
    request(GETEVENTMSG, pid, 0, ctypes.addressof(_word))
    return _word.value


def poke(pid, register, value):
    request(POKEUSER, pid, register, ctypes.c_ulong(value & (2**64 - 1)).value)


def peek(pid, address, size):
    """Bytes of its memory; empty when there are none."""
    try:
        with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
            return os.pread(memory.fileno(), size, address)
    except OSError:
        return b""


def write_memory(pid, address, data):
    with open(f"/proc/{pid}/mem", "r+b", buffering=0) as memory:
        os.pwrite(memory.fileno(), data, address)


def seize(argv):
    """Starts a command, stopped before its exec, and seizes it with all that it will start."""
    pid = os.fork()
    if pid == 0:
        os.kill(os.getpid(), signal.SIGSTOP)
        try:
            os.execv(argv[0], argv)
        finally:
            os._exit(127)
    os.waitpid(pid, os.WUNTRACED)
    options = O_SYSGOOD | O_FORK | O_VFORK | O_CLONE | O_EXEC
    if not request(SEIZE, pid, 0, options):
        raise RuntimeError("the command is gone before it began")
    os.kill(pid, signal.SIGCONT)
    return pid
