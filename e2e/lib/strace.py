"""Counts what a command changes: its mutating system calls and netlink messages, read off strace(1)."""
import re
import shutil

import pytest

TRACED = ("mount,umount2,move_mount,pivot_root,unshare,clone,clone3,fork,vfork,execve,kill,tgkill,pidfd_send_signal,"
          "sendto,sendmsg,sendmmsg,openat,openat2")
MESSAGE = re.compile(r"nlmsg_type=(\w+)[^,]*, nlmsg_flags=([\w|]+)")
NAMESPACE_FLAGS = re.compile(r"CLONE_NEW\w+")


def trace(world, argv, **options):
    """Runs a command under strace; returns how it ended and the lines of the calls."""
    if not shutil.which("strace"):
        pytest.skip("needs strace (apt install strace)")
    log = world.dir / "strace"
    ended = world.run(["strace", "-f", "-v", "-s", "200", "-e", f"trace={TRACED}", "-o", log, *argv], **options)
    return ended, log.read_text(errors="replace").splitlines()


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
        return [] if "CLONE_THREAD" in line or "resumed" in line else [f"{call} {' '.join(NAMESPACE_FLAGS.findall(line))}"]
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
