"""All that there is in a world, read by ip(8) and from /proc and never by nsbuild: networks, services, mounts, files.

Two readings compare by netstate.difference().
"""
import os
import re
import subprocess
from pathlib import Path

from lib import inventory, netstate

INIT = "nsbuild-init"
# What the kernel deals out: numbers of namespaces, and whether an upper directory got a UUID at an earlier mount.
RANDOM = re.compile(r"(?<=net:)\[\d+\]|,uuid=\w+")
KEPT = ("namespaces", "mounts", "files", "contents", "fds")  # of what inventory.take() finds


def same(world):
    """A lab as before, marks and PIDs and all; only the numbers of devices and namespaces that had to be made anew are
    other ones."""
    return _all(world, netstate.same(world), services(world))


def everything(world):
    """As same(), and every process besides, whoever started it: of a world without a lab."""
    return _all(world, netstate.same(world), services(world), (*KEPT, "processes"))


def alike(world):
    """Of two worlds with the same lab, this is the same."""
    without_pids = {name: [line for line in lines if not line.startswith("pid ")]
                    for name, lines in services(world).items()}
    return _all(world, netstate.comparable(world, carriers=False), without_pids, ("namespaces", "mounts"))


def _all(world, networks, processes, kept=KEPT):
    taken = inventory.take(world)  # of which the rest is in the networks and services, in detail
    return {**networks, **{f"world {name}": [RANDOM.sub("", line) for line in taken[name]] for name in kept},
            **processes}


def pids(world):
    """Of the services' processes, without their inits'."""
    return pids_of(services(world))


def pids_of(state):
    found = {key.rpartition("/")[2]: [line for line in lines if line.startswith("pid ") and not line.endswith(" init")]
             for key, lines in state.items() if key.startswith("service ")}
    return {name: lines for name, lines in found.items() if lines}


def services(world):
    """For each service of each lab what its processes are, in which namespaces, and what they see."""
    own = _link(world.pid, "mnt")
    places = _places(world)
    parents = _parents()
    found = {}
    for pid in _below(world.pid, parents):
        if _link(pid, "mnt") in (own, None):
            continue
        owner = _owner(pid, parents)
        if owner:
            found.setdefault(f"service {owner}", []).extend(_process(pid, places))
    return {name: sorted(lines) for name, lines in found.items()}


def _process(pid, places):
    command = _read(pid, "cmdline").replace("\0", " ").strip()
    # An init reaps and logs on its own time, and its command's process is what counts.
    if command.startswith(INIT):
        return [f"pid {pid} init"]
    lines = [f"pid {pid} {command}", f"runs {command}", f"in {places.get(_link(pid, 'net'), 'an unnamed namespace')}"]
    lines += [f"status {line}" for line in _read(pid, "status").splitlines()
              if re.match(r"(Umask|Uid|Gid|Groups|NoNewPrivs|CapEff):", line)]
    lines += [f"environment {line}" for line in _read(pid, "environ").split("\0") if line]
    lines += [f"mount {RANDOM.sub('', inventory.mount_line(line))}" for line in _read(pid, "mountinfo").splitlines()]
    lines += [f"hosts {line}" for line in _read(pid, "root/etc/hosts").splitlines()]
    lines += [f"resolver {line}" for line in _read(pid, "root/etc/resolv.conf").splitlines()]
    hostname = subprocess.run(["nsenter", "--target", str(pid), "--uts", "hostname"], capture_output=True, text=True)
    return [*lines, f"hostname {hostname.stdout.strip()}"]


def _owner(pid, parents):
    """The service of the nearest init above; an init's title is LAB/SERVICE."""
    while pid in parents:
        words = _read(pid, "cmdline").replace("\0", " ").split()
        if words and words[0] == INIT and len(words) > 1:
            return words[1]
        pid = parents[pid]
    return None


def _places(world):
    run = Path(f"/proc/{world.pid}/root/run/netns")
    return {f"net:[{os.stat(pin).st_ino}]": pin.name for pin in run.iterdir()} if run.is_dir() else {}


def _parents():
    parents = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        stat = _read(int(pid), "stat")
        if stat:
            parents[int(pid)] = int(stat.rpartition(")")[2].split()[1])
    return parents


def _below(top, parents):
    children = {}
    for pid, parent in parents.items():
        children.setdefault(parent, []).append(pid)
    found = []
    waiting = list(children.get(top, []))
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += children.get(pid, [])
    return sorted(found)


def _read(pid, name):
    try:
        return Path(f"/proc/{pid}/{name}").read_text(errors="replace")
    except OSError:
        return ""


def _link(pid, kind):
    try:
        return os.readlink(f"/proc/{pid}/ns/{kind}")
    except OSError:
        return None
