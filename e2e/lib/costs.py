"""What one node more costs a command: system calls by name, netlink messages by type, instructions."""
import re
import time
from collections import Counter
from pathlib import Path

from lib.strace import follow

# Not memory and threads, which go by chance, nor what renews a procfs: which thread asks for it does, too.
COUNTED = ["sendto", "recvfrom", "socket", "setsockopt", "setns", "unshare", "mount", "umount2", "openat", "openat2", "unlink",
           "fstatfs", "statfs", "newfstatat", "pread64", "pwrite64", "mkdir", "fork", "vfork", "kill", "getdents64"]
# What no library does by itself.
STEPS = {"sendto", "socket", "setns", "unshare", "mount", "umount2", "unlink", "mkdir", "clone", "clone3", "fork",
         "vfork", "getdents64"}
TYPES = {16: "NEWLINK", 17: "DELLINK", 18: "GETLINK", 19: "SETLINK", 20: "NEWADDR", 21: "DELADDR", 22: "GETADDR",
         24: "NEWROUTE", 25: "DELROUTE", 26: "GETROUTE", 32: "NEWRULE", 33: "DELRULE", 34: "GETRULE", 88: "NEWNSID",
         90: "GETNSID", 108: "NEWLINKPROP"}
MESSAGE = re.compile(r"sendto\(\d+, \[?\{nlmsg_len=\d+, nlmsg_type=(\w+)")
CALL = re.compile(r"\d+ +(\w+)\(")
# The kernel begins it again by itself, as with some settings while another thread holds the lock (rtnl_mutex) that it tries.
AGAIN = re.compile(r"\d+ +(?:<\.\.\. )?(\w+)[( ].*= \? ERESTART")


def of(world, argv, also=(), **options):
    """How often a command does what, netlink messages under their own names."""
    _, lines = follow(world, ["-s", "32", "-e", f"trace={','.join([*COUNTED, *also])}"], argv, code=0, **options)
    counts = Counter()
    for line in lines[1:]:
        call = CALL.match(line)
        message = MESSAGE.search(line)
        if call:
            counts[call.group(1)] += 1
        if again := AGAIN.match(line):
            counts[again.group(1)] -= 1
        if message:
            counts[f"RTM_{_name(message.group(1))}"] += 1
    return counts


def without_orphans():
    """Waits, within reason, until no connection on this machine has lost its process, as other tests' may have: with one
    anywhere a destroy writes a setting into each namespace."""
    deadline = time.monotonic() + 2 * 60  # after 100 s such a connection ends by itself
    while " orphan 0 " not in Path("/proc/net/sockstat").read_text() and time.monotonic() < deadline:
        time.sleep(0.1)


def _name(word):
    return TYPES[int(word, 16)] if word.startswith("0x") else word.removeprefix("RTM_")


def per_node(few, many, nodes):
    """What each of so many nodes more adds; a share of a call is rounded to hundredths."""
    return {name: round((many[name] - few[name]) / nodes, 2) for name in sorted({*few, *many}) if many[name] != few[name]}
