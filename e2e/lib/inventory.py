"""What there is: of a world before and after a test, and of the machine before and after all of them."""
import json
import os
import re
import subprocess
from pathlib import Path

# One shell, because a command costs milliseconds and this runs twice a test.
SCRIPT = r"""
echo '@links';      ip -j -d link
echo '@addresses';  ip -j addr
echo '@routes';     ip -j route show table all; echo; ip -j -6 route show table all
echo '@rules';      ip -j rule; echo; ip -j -6 rule
echo '@namespaces'; ls -1 /run/netns
echo '@mounts';     cat /proc/1/mountinfo
echo '@files';      find /run -mindepth 1 \( -path /run/netns -o -path /run/nsbuild \) -prune -o -printf '%p %y\n'
                    find /run/netns /run/nsbuild -mindepth 1 -printf '%p %y\n' 2>/dev/null
echo '@contents';   md5sum /run/nsbuild/*/names /run/nsbuild/*/journal.json 2>/dev/null
echo '@fds';        readlink /proc/1/fd/* | sed 's/:.*//'
echo '@processes';  for p in /proc/[0-9]*; do
  { read -r line < $p/stat && printf '%s\n' "$$ $line @ $(tr '\0\n' '  ' < $p/cmdline)"; } 2>/dev/null
done
"""
VOLATILE = {"stats", "stats64", "valid_life_time", "preferred_life_time", "operstate", "cache_info", "expires"}


def take(world):
    """A dictionary of sorted lists of strings."""
    text = subprocess.run(world.enter(["sh", "-c", SCRIPT]), capture_output=True, text=True, errors="replace").stdout
    sections = {}
    for part in ("\n" + text).split("\n@")[1:]:
        name, _, body = part.partition("\n")
        sections[name] = sorted(_digest(name, body))
    return sections


def _digest(name, body):
    lines = [line for line in body.splitlines() if line.strip()]
    if name in ("links", "addresses", "routes", "rules"):
        return [json.dumps(without(entry, VOLATILE), sort_keys=True) for line in lines for entry in json.loads(line)]
    if name == "mounts":
        return [mount_line(line) for line in lines]
    if name == "processes":
        return [line for line in map(_process, lines) if line]
    return lines


def mount_line(line):
    """A line of mountinfo without the kernel's running numbers: root, mount point, options, type, source."""
    fields, _, rest = line.partition(" - ")
    return " ".join([*fields.split()[3:6], *(re.sub(r":\d+", "", f) for f in fields.split()[6:]), rest])


def _process(line):
    stat, _, command = line.partition(" @ ")
    asker, pid, comm, state, parent = re.match(r"(\d+) (\d+) \((.*)\) (\S) (\d+)", stat).groups()
    if asker in (pid, parent):
        return None
    return f"{pid} {comm} {'(zombie) ' if state == 'Z' else ''}{command}".rstrip()


def without(entry, names):
    if isinstance(entry, dict):
        return {key: without(value, names) for key, value in entry.items() if key not in names}
    if isinstance(entry, list):
        return [without(value, names) for value in entry]
    return entry


def difference(before, after):
    """What came and what went, as lines; empty when nothing did. Of a file only that it is there."""
    lines = []
    for name in before.keys() - {"contents"}:
        gone, new = list(before[name]), []
        for entry in after.get(name, []):
            gone.remove(entry) if entry in gone else new.append(entry)
        lines += [f"{name}: left behind: {entry}" for entry in new] + [f"{name}: gone: {entry}" for entry in gone]
    return lines


def machine():
    """The machine's own namespaces, from outside of every world."""
    def ip(*argv):
        entries = json.loads(subprocess.run(["ip", "-j", *argv], capture_output=True, text=True).stdout or "[]")
        return sorted(json.dumps(without(entry, VOLATILE), sort_keys=True) for entry in entries)
    return {
        "links": ip("-d", "link"),
        "addresses": ip("addr"),
        "routes": ip("route", "show", "table", "all") + ip("-6", "route", "show", "table", "all"),
        "rules": ip("rule") + ip("-6", "rule"),
        "namespaces": sorted(os.listdir("/run/netns")) if os.path.isdir("/run/netns") else [],
        "labs": sorted(os.listdir("/run/nsbuild")) if os.path.isdir("/run/nsbuild") else [],
        "mounts": sorted(map(mount_line, Path("/proc/self/mountinfo").read_text().splitlines())),
        "processes": sorted(_own_processes()),
    }


def _own_processes():
    """Processes called nsbuild-something in the machine's own PID and network namespace."""
    own = [os.readlink(f"/proc/self/ns/{kind}") for kind in ("pid", "net")]
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            comm = Path(f"/proc/{pid}/comm").read_text().strip()
            if comm.startswith("nsbuild") and [os.readlink(f"/proc/{pid}/ns/{k}") for k in ("pid", "net")] == own:
                yield f"{pid} {comm}"
        except OSError:
            pass  # it ended meanwhile
