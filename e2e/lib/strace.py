"""Counts what a command changes: its mutating system calls and netlink messages, read off strace(1)."""
import re
import shutil
import signal
from collections import Counter

import pytest

from lib import inventory
from lib.world import Ended, eventually

TRACED = ("mount,umount2,move_mount,pivot_root,unshare,clone,clone3,fork,vfork,execve,kill,tgkill,pidfd_send_signal,"
          "sendto,sendmsg,sendmmsg,openat,openat2")
MESSAGE = re.compile(r"nlmsg_type=(\w+)[^,]*, nlmsg_flags=([\w|]+)")
# The end of the process that the log begins with, the command itself.
END = re.compile(r"\A(\d+) .*\n(?:.*\n)*?\1 +\+\+\+ (exited with|killed by) (\w+)")
NAMESPACE_FLAGS = re.compile(r"CLONE_NEW\w+")


def trace(world, argv, **options):
    """Runs a command under strace; returns how it ended and the lines of the calls."""
    return follow(world, ["-v", "-s", "200", "-e", f"trace={TRACED}"], argv, **options)


def inject(world, calls, what, argv, **options):
    """Runs a command with calls that fail, or kill (strace(1), --inject), and returns how it ended."""
    return follow(world, ["-e", f"trace=execve,{calls}", "-e", f"inject={calls}:{what}"], argv, **options)[0]


def follow(world, options, argv, code=None, **popen):
    """strace -f, until the command itself has ended: what it leaves running, its services, is then let go."""
    if not shutil.which("strace"):
        pytest.skip("needs strace (apt install strace)")
    log = world.dir / "strace"
    log.write_text("")
    process, pid = world.background(["strace", "-I", "waiting", "-f", "-o", log, *options, *argv], **popen)
    eventually(lambda: END.search(log.read_text(errors="replace")) or process.poll() is not None,
               lambda: f"hung under strace: {argv}\n" + "\n".join(inventory.take(world)["processes"]))
    world.sh(f"kill -INT {pid} 2>/dev/null || :")
    out, err = process.communicate()
    text = log.read_text(errors="replace")
    how, number = END.search(text).group(2, 3)
    ended = Ended(argv, int(number) if how == "exited with" else 128 + signal.Signals[number].value, out, err)
    assert code is None or ended.code == code, f"expected exit code {code}\n{ended}"
    return ended, text.splitlines()


def mutations(lines):
    """Those of the calls that change a network, a mount table, a namespace, a process or a sysctl, in words."""
    found = []
    for line in lines[1:]:  # the first is strace's own execve
        call = re.match(r"\d+ +(?:<\.\.\. )?(\w+)", line)
        if call:
            found += _mutations(call.group(1), line)
    return found


def _mutations(call, line):
    if call in ("sendto", "sendmsg", "sendmmsg"):
        return [f"netlink {kind}" for kind, flags in MESSAGE.findall(line) if _changes(kind, flags)]
    if call in ("clone", "clone3"):
        is_process = "CLONE_THREAD" not in line and "resumed" not in line
        return [f"{call} {' '.join(NAMESPACE_FLAGS.findall(line))}"] if is_process else []
    if call == "unshare":
        return [f"unshare {flag}" for flag in NAMESPACE_FLAGS.findall(line)]
    if call.startswith("openat"):
        return [line] if "sys/net" in line and re.search(r"O_WRONLY|O_RDWR", line) else []
    if call in ("mount", "umount2", "move_mount", "pivot_root", "fork", "vfork", "execve", "kill", "tgkill",
                "pidfd_send_signal"):
        return [] if "resumed" in line else [line]
    return []


def _changes(kind, flags):
    """rtnetlink(7) numbers its messages from 16 in fours: new, del, get, set. A dump only reads, whatever its number
    (strace cannot name the messages of a socket in another network namespace)."""
    if "DUMP" in flags or "0x300" in flags or kind in ("NLMSG_DONE", "NLMSG_NOOP", "SOCK_DIAG_BY_FAMILY"):
        return False
    if kind.startswith("RTM_"):
        return not kind.startswith("RTM_GET")
    return kind.startswith("0x") and int(kind, 16) >= 16 and (int(kind, 16) - 16) % 4 != 2


# By which arguments a call can change something, as lib/strike.py says in other words; of the command's own process it is more.
OPENS_FOR_WRITING = r".*O_(?:WRONLY|RDWR|CREAT)"
CHANGES = {"prlimit64": r"\(\d+, \w+, (?!NULL)", "fcntl": r".* (?:F_DUPFD|F_ADD_SEALS)", "openat": OPENS_FOR_WRITING,
           "openat2": OPENS_FOR_WRITING}
CHANGES_OF_COMMAND = {**CHANGES, "write": r"\((?![012]<)", "mmap": r".*</memfd:"}
CALL = re.compile(r"\d+ +(<\.\.\. )?(\w+)(.*)")
UNNAMED = {"syscall_0x1c9": "statmount", "syscall_0x1ca": "listmount"}  # younger than strace 6.1


def own_calls(world, argv, **options):
    """How often nsbuild, its spawner and its inits make each call that can change something (and 0 for what cannot), until
    the command ends. What a service's own program does is none of theirs, and what the kernel does anew is one call."""
    _, lines = follow(world, ["-y", "-s", "200"], argv, **options)
    counts, programs, main = Counter(), set(), lines[0].split()[0]
    for line in lines:
        pid, call = line.split()[0], CALL.match(line)
        if line.startswith(f"{main} +++ "):
            break
        if not call or pid in programs:
            continue
        resumed, name, rest = call[1], UNNAMED.get(call[2], call[2]), call[3]
        counts[name] += 0 if resumed else _can_change(name, rest, CHANGES_OF_COMMAND if pid == main else CHANGES)
        if "ERESTART" in rest:
            counts[name] -= 1
        if name == "execve" and pid != main and rest.endswith(" = 0"):
            programs.add(pid)
    return counts


def _can_change(name, rest, changes):
    if name == "sendto" and (message := MESSAGE.search(rest)):
        return _changes(*message.groups())
    return re.match(changes.get(name, ""), rest) is not None
