"""Strikes a command at one of its system calls, exactly: kills it there, or makes that one call fail.

strace(1) counts a call's name over all processes that it follows; here every process has a path of its own, by the
order of birth, or by the service that it is born for: "0" is the command, "0.1" what it starts first (the spawner of
services), "0.1.web" the init of the service `web`, "0.1.web.side" the supervisor of one that joins it, "0.1.web.1" what
becomes its command. So a point (process, call, n) is the same one in every run. Run inside a world:

    strike.py LOG [PATH CALL N WHAT [WORDS]] -- COMMAND...

WHAT is KILL, INT, TERM or HUP (a signal to the command; for KILL the process at PATH is held at the point until the command
is dead, for the others it goes on at once), KILL-IT (SIGKILL to that process), ENOMEM and the like (the call fails; with a
plus, every such call of the process from here on), or REFUSE (the kernel is asked for something that it does not know, and
says so in its answer). With WORDS only those calls count that are about that: where other processes decide what comes first,
the third unlink(2) is not always that of the same file. LOG gets JSON: the exit code, whether the point was met and what the
call that was struck is about, and without a point each call that counts with what it is about: those that change or take
something (lib/calls.py), and, as "openat-read" and "openat-look", those that open for reading what nsbuild keeps, or what
the kernel tells of a process or of itself.
"""
import errno
import json
import os
import re
import signal
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib import ptrace  # noqa: E402
from lib.calls import CHANGING, TAKING  # noqa: E402

NAMES = ptrace.numbers()
OPENS = {"openat": 3, "openat2": 3, "open": 2}  # which argument, counted from 1, holds the flags
# What is opened for reading there, and cannot be, must not pass for absent: pins and records; processes and the like.
KEPT = ("/run/nsbuild", "/run/netns")
LOOK = re.compile(r"/proc/(\d+|self|thread-self)/(status|stat|comm|mountinfo|net/dev|ns/net|fd/\d+)|/proc/sys/kernel/random/boot_id")
RECORD = re.compile(r"/memfd:nsbuild:[^/]+/([^@]+)@")  # engine/service/record.cpp, link_name()
AF_NETLINK = 16
MSG_GET, MSG_FIRST = 2, 16  # rtnetlink(7): the kinds of messages come in fours, from 16 on
DUMP, CREATE = 0x300, 0x400  # flags of netlink(7); those of DUMP have another meaning beside CREATE
UNKNOWN = 0x7FFF            # a type of message that no kernel knows
CLONE_THREAD = 0x10000
MAP_ANONYMOUS = 0x20
AT_FDCWD = 0xFFFFFF9C       # -100, as 32 bits
# Whose first argument is a descriptor of what they are about.
DESCRIPTORS = {"write", "pwrite64", "writev", "pwritev", "ftruncate", "flock", "fchmod", "fchown", "setns", "fsconfig",
               "fsmount", "sendmsg", "connect", "bind", "pidfd_send_signal", "fcntl", "dup2", "fchdir", "setsockopt"}
# fcntl(2), by linux/fcntl.h: F_DUPFD, F_DUPFD_CLOEXEC, F_ADD_SEALS. All others look, or cannot fail.
TAKES = (0, 1030, 1033)
PATHS = {"mount": 2, "umount2": 1, "unlink": 1, "mkdir": 1, "rmdir": 1, "rename": 2, "openat": 2, "openat2": 2,
         "open": 1, "creat": 1, "unlinkat": 2, "mkdirat": 2, "symlink": 2, "mknod": 1, "mknodat": 2, "execve": 1, "pivot_root": 1, "fsopen": 1}


class Process:
    def __init__(self, path):
        self.path, self.children, self.counts = path, 0, {}
        self.failing = None    # the error with which its present call will end
        self.is_inside = self.is_struck = False
        self.counted, self.is_alike = None, False  # the changing call that it is in; whether it is about what is meant


class Tracer:
    def __init__(self, argv, point, what, about_what):
        self.point, self.what, self.about_what, self.alike = point, what, about_what, 0
        self.main = ptrace.seize(argv)
        self.processes = {self.main: Process("0")}
        self.early = set()     # children that stopped before their parents told of them
        self.calls, self.met, self.words, self.code = [], False, None, None
        self.is_done = False

    def run(self):
        while self.code is None or (self.processes and not self.is_done):
            pid, status = os.waitpid(-1, ptrace.WALL)
            if os.WIFSTOPPED(status):
                self.stopped(pid, os.WSTOPSIG(status), status >> 16)
            else:
                self.ended(pid, status)
            if self.code is not None and not self.is_done:
                self.let_go()

    # -- the life of processes -------------------------------------------------------------------------------------

    def ended(self, pid, status):
        self.processes.pop(pid, None)
        if pid == self.main:
            self.code = os.waitstatus_to_exitcode(status)

    def stopped(self, pid, stop_signal, event):
        process = self.processes.get(pid)
        if event in (ptrace.EVENT_FORK, ptrace.EVENT_VFORK, ptrace.EVENT_CLONE):
            self.born(pid, ptrace.message_of_event(pid))
        elif event == ptrace.EVENT_EXEC and process and process.path.count(".") >= 3:
            del self.processes[pid]   # a service's own program is none of ours
            return ptrace.request(ptrace.DETACH, pid)
        elif event == ptrace.EVENT_STOP:
            if process is None:
                self.early.add(pid)
                return None
            if stop_signal != signal.SIGTRAP:
                return ptrace.request(ptrace.LISTEN, pid)
        elif stop_signal == ptrace.SYSCALL_STOP and process:
            return self.at_call(pid, process)
        elif event == 0:
            return self.go_on(pid, stop_signal)
        return self.go_on(pid)

    def born(self, parent, child):
        of = self.processes[parent]
        of.children += 1
        self.processes[child] = Process(f"{of.path}.{served_by(child, of) or of.children}")
        if child in self.early:
            self.early.remove(child)
            self.go_on(child)

    @staticmethod
    def go_on(pid, with_signal=0):
        return ptrace.request(ptrace.SYSCALL, pid, 0, with_signal)

    def let_go(self):
        """Detaches all that is left; each has to stop for that."""
        self.is_done = True
        for pid in self.early:
            ptrace.request(ptrace.DETACH, pid)
        for pid in self.processes:
            ptrace.request(ptrace.INTERRUPT, pid)
        free = self.early
        while self.processes:
            pid, status = os.waitpid(-1, ptrace.WALL)
            if not os.WIFSTOPPED(status):
                self.ended(pid, status)
                continue
            event, stop_signal = status >> 16, os.WSTOPSIG(status)
            if event in (ptrace.EVENT_FORK, ptrace.EVENT_VFORK, ptrace.EVENT_CLONE):
                child = ptrace.message_of_event(pid)
                if child not in free:
                    self.processes[child] = Process("?")
            ptrace.request(ptrace.DETACH, pid, 0, stop_signal if event == 0 and stop_signal < 0x80 else 0)
            self.processes.pop(pid, None)
            free.add(pid)

    # -- system calls ----------------------------------------------------------------------------------------------

    def at_call(self, pid, process):
        if process.is_inside:
            return self.left(pid, process)
        number, *arguments = ptrace.entered(pid) or (-1,)
        process.is_inside = True
        name = NAMES.get(number)
        counted = counts_as(pid, process, name, arguments) if name in CHANGING | TAKING else None
        if counted:
            process.counted = counted
            count = process.counts[counted] = process.counts.get(counted, 0) + 1
            if self.point is None:
                self.calls.append([process.path, counted, count, about(pid, name, arguments)])
            elif process.path == self.point[0] and counted == self.point[1]:
                words = about(pid, name, arguments)
                if self.is_point(process, count, words):
                    self.words = words if self.words is None else self.words
                    return self.strike(pid, process, arguments)
        return self.go_on(pid)

    def left(self, pid, process):
        process.is_inside = False
        if process.counted and ptrace.is_restarted(pid):
            self.take_back(process)  # the kernel does it again: the same call, not a second one
        process.counted, process.is_alike = None, False
        if process.failing is not None:
            ptrace.poke(pid, ptrace.RAX, -process.failing)
            process.failing = None
        if process.is_struck and not self.what.endswith("+"):
            return self.finish(pid)
        return self.go_on(pid)

    def take_back(self, process):
        process.counts[process.counted] -= 1
        self.alike -= process.is_alike
        if self.point is None:
            at = max(i for i, call in enumerate(self.calls) if call[0] == process.path)
            del self.calls[at]

    def is_point(self, process, count, words):
        """Of the process and the call that are meant."""
        if process.is_struck:
            return self.what.endswith("+")
        if self.about_what is not None:
            process.is_alike = words == self.about_what
            self.alike += process.is_alike
            count = self.alike if process.is_alike else 0
        return count == self.point[2]

    def strike(self, pid, process, arguments):
        self.met = process.is_struck = True
        if self.what == "REFUSE":
            ptrace.write_memory(pid, arguments[1] + 4, struct.pack("<H", UNKNOWN))
            return self.go_on(pid)
        if self.what == "KILL-IT":
            os.kill(pid, signal.SIGKILL)
            return self.go_on(pid)
        if self.what in ("KILL", "INT", "TERM", "HUP"):
            os.kill(self.main, signal.Signals[f"SIG{self.what}"])
            return self.hold(pid) if self.what == "KILL" and pid != self.main else self.go_on(pid)
        process.failing = getattr(errno, self.what.rstrip("+"))
        ptrace.poke(pid, ptrace.ORIG_RAX, -1)
        return self.go_on(pid)

    def hold(self, held):
        """The process stays where it is until the command is dead, and only then does its call."""
        while self.main in self.processes:
            pid, status = os.waitpid(self.main, ptrace.WALL)
            if os.WIFSTOPPED(status):
                self.go_on(pid)
            else:
                self.ended(pid, status)
        self.processes.pop(held)
        ptrace.request(ptrace.DETACH, held)

    def finish(self, pid):
        """The blow has fallen: the rest runs at its own speed, and only its end is awaited."""
        del self.processes[pid]
        ptrace.request(ptrace.DETACH, pid)
        self.let_go()
        if self.code is None:
            self.code = os.waitstatus_to_exitcode(os.waitpid(self.main, 0)[1])


def served_by(child, parent):
    """The service that a process is born for: it holds the record of that, besides what its parent is there for. Of all
    services the command itself may hold them."""
    if parent.path == "0":
        return None
    try:
        links = [descriptor(child, int(number)) for number in os.listdir(f"/proc/{child}/fd")]
    except OSError:
        return None  # it has been killed already
    records = {found[1] for found in map(RECORD.match, links) if found} - set(parent.path.split("."))
    return records.pop() if len(records) == 1 else None


def counts_as(pid, process, name, arguments):
    """As what a call counts: none if it can change nothing and opens nothing that is kept."""
    if name in OPENS and not opening(pid, name, arguments) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        path = opened(pid, name, arguments)
        return f"{name}-read" if is_kept(path) else f"{name}-look" if LOOK.fullmatch(path) else None
    return name if changes(pid, process, name, arguments) else None


def changes(pid, process, name, arguments):
    """Whether a call can change anything: not who reads through netlink or tells the user."""
    if name == "write" and process.path == "0":
        return arguments[0] > 2
    if name == "clone":
        return arguments[0] & CLONE_THREAD == 0
    if name == "prlimit64":
        return arguments[2] != 0
    if name == "fcntl":
        return arguments[1] in TAKES
    if name == "mmap":  # the spawner and its inits have neither a loader nor an allocator
        return process.path != "0" or about(pid, name, arguments).startswith("/memfd:")
    if name in ("sendto", "sendmsg"):
        kind = message(pid, name, arguments)
        return kind is None or (kind >= MSG_FIRST and kind % 4 != MSG_GET)
    return True


def is_kept(path):
    return any(path == top or path.startswith(top + "/") for top in KEPT)


def opened(pid, name, arguments):
    """The whole path: a relative one begins where the descriptor before it leads."""
    path = text_at(pid, arguments[PATHS[name] - 1])
    relative = not path.startswith("/") and name != "open"
    return f"{descriptor(pid, arguments[0])}/{path}".rstrip("/") if relative else path


def text_at(pid, address):
    return ptrace.peek(pid, address, 256).partition(b"\0")[0].decode(errors="replace") if address else ""


def descriptor(pid, number):
    """What it leads to, without the kernel's running numbers."""
    number = number & 0xFFFFFFFF
    try:
        path = os.readlink(f"/proc/{pid}/cwd" if number == AT_FDCWD else f"/proc/{pid}/fd/{number}")
    except OSError:
        return ""
    return re.sub(r":\[\d+\]", "", path)


def opening(pid, name, arguments):
    """The flags that a file is opened with; in openat2(2) they are the first of a structure's words."""
    given = arguments[OPENS[name] - 1]
    return struct.unpack("<Q", ptrace.peek(pid, given, 8))[0] if name == "openat2" else given


def message(pid, name, arguments):
    """The type of a netlink message; None when it is none. What asks for a list, of sock_diag(7), too, is an MSG_GET."""
    if name == "sendto" and arguments[4]:
        if struct.unpack("<H", ptrace.peek(pid, arguments[4], 2))[0] == AF_NETLINK:
            kind, flags = struct.unpack("<HH", ptrace.peek(pid, arguments[1] + 4, 4))
            return kind if flags & (DUMP | CREATE) != DUMP else MSG_FIRST + MSG_GET
    return None


def about(pid, name, arguments):
    if name in OPENS and is_kept(opened(pid, name, arguments)):
        return opened(pid, name, arguments)
    if name in PATHS:
        return re.sub(r"^(/proc/)?\d+(?=/|$)", r"\1PID", text_at(pid, arguments[PATHS[name] - 1]))
    if name == "mmap":
        return descriptor(pid, arguments[4]) if arguments[3] & MAP_ANONYMOUS == 0 else ""
    kind = message(pid, name, arguments) if name == "sendto" else None
    if kind is not None:
        return f"netlink {kind}"
    return descriptor(pid, arguments[0]) if name in DESCRIPTORS else ""


def main(argv):
    split = argv.index("--")
    log, *where = argv[:split]
    point = (where[0], where[1], int(where[2])) if where else None
    tracer = Tracer(argv[split + 1:], point, where[3] if where else "", where[4] if len(where) > 4 else None)
    tracer.run()
    with open(log, "w") as file:
        json.dump({"code": tracer.code, "met": tracer.met, "words": tracer.words, "calls": tracer.calls}, file)
    return tracer.code if tracer.code >= 0 else 128 - tracer.code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
