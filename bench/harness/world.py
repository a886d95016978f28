"""A world for every run: what a run leaves behind dies with it, and the next one begins when the kernel has cleaned up."""
import json
import subprocess
import sys
import time
from pathlib import Path

INSIDE = Path(__file__).with_name("inside.py")
UNSHARE = ["unshare", "--net", "--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child", "--mount-proc",
           "--propagation", "private"]
PREPARE = "mount -t tmpfs -o mode=755 tmpfs /run && mount -t sysfs sysfs /sys && " \
          "{ mount -t cgroup2 cgroup2 /sys/fs/cgroup 2>/dev/null || :; } && ip link set lo up"
# In front of a command: runs it in a world.
WORLD = [*UNSHARE, "sh", "-c", f'{PREPARE} && exec "$@"', "sh"]
# The shell stays PID 1 and reaps whatever it inherits.
SHELL = f'{PREPARE} && echo ready && "$@"; exit $?'


class Failed(Exception):
    """A run that did not do what it should: there is nothing to measure."""


def sentinel(floor, *pid):
    """Says `gone` when the network namespaces that were dropped before it are freed."""
    process = subprocess.Popen([floor, "sentinel", *map(str, pid)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if process.stdout.readline() != "ready\n":
        raise Failed("no sentinel")
    return process


def drop(process):
    """Drops a sentinel, waits until it is gone, and ends its process."""
    out, _ = process.communicate("\n")
    if out != "gone\n":
        raise Failed("the sentinel has died")


def run(floor, job, /, **arguments):
    """Does one of the jobs of inside.py in a new world. Returns what it measured, when all of it has been freed."""
    world = subprocess.Popen([*UNSHARE, "bash", "-c", SHELL, "bash", sys.executable, "-I", INSIDE, job, json.dumps(arguments)],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
    if world.stdout.readline() != "ready\n":
        raise Failed("no world: " + world.communicate()[1])
    inside = sentinel(floor, world.pid)  # unshare(1) itself is in the new network namespace
    out, err = world.communicate()
    drop(inside)
    time.sleep(0.02)  # a mount that nobody sees any more is dropped by a delayed work item (mntput in fs/namespace.c)
    drop(sentinel(floor))
    if world.returncode:
        raise Failed(err.strip())
    return json.loads(out)
