"""A world: fresh network, mount, PID, UTS and IPC namespaces for one test, with a shell as PID 1, driven from outside.

Everything that a test does to the kernel happens in here and dies with PID 1. Of the machine only the file system is
shared (without /run); tests write below `World.dir`.
"""
import functools
import json
import os
import shutil
import subprocess
import tempfile
import textwrap
import time
from pathlib import Path

from lib import inventory

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
BINARY = Path(os.environ.get("NSBUILD") or ROOT / "build/release/cli/nsbuild").resolve()
# How long a command may hang before the test gives up on it. Never a statement about speed.
PATIENCE = float(os.environ.get("NSBUILD_E2E_PATIENCE", "60"))

UNSHARE = ["unshare", "--net", "--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child", "--mount-proc",
           "--propagation", "private"]
# PID 1 of a world: prepares what a booted machine would have, then reaps orphans until its standard input closes.
# bash reaps whatever it inherits on SIGCHLD, also inside `read`. The first `ip netns` use makes /run/netns a shared
# mount of its own and leaves it (ip-netns(8)), so that is part of how a world begins. A connection that a test's command
# has left to a lab that is gone would keep the world's network namespace for minutes.
INIT = """
set -e
mount -t tmpfs -o mode=755 tmpfs /run
umount -R /sys
mount -t sysfs sysfs /sys
mount -t cgroup2 cgroup2 /sys/fs/cgroup
hostname world
ip link set lo up
echo 1 >/proc/sys/net/ipv4/tcp_orphan_retries
ip netns add first && ip netns del first
echo ready
read -r _ || :
"""
RUN_DIR_LEFT = "files: left behind: /run/nsbuild d"
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "USER": "root",
               "LANG": "C.UTF-8", "TERM": "dumb"}
# scripts/test tells the sanitizers of a binary what to do.
ENVIRONMENT |= {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}


@functools.cache
def sanitizer():
    """Why not every system call can be made to fail here; empty when it can. What a sanitizer does when one of its own
    fails (setrlimit(2), a pipe to see whether memory is there) is not nsbuild's doing."""
    program = BINARY.read_bytes()
    built_with = [name for name in ("asan", "tsan") if f"__{name}_init".encode() in program]
    return f"is built with {built_with[0]}, which makes system calls of its own" if built_with else ""


class Ended:
    """A finished command."""

    def __init__(self, argv, code, out, err):
        self.argv, self.code, self.out, self.err = argv, code, out, err

    @property
    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return f"$ {' '.join(map(str, self.argv))}\nexit code {self.code}\n--- stdout\n{self.out}--- stderr\n{self.err}"


class World:
    def __init__(self, watch):
        self.dir = Path(tempfile.mkdtemp(prefix="nsbuild-e2e-"))
        self.dir.chmod(0o755)  # for commands that run as nobody
        self._watch = watch
        self._shell = subprocess.Popen([*UNSHARE, "bash", "-c", INIT], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True, cwd="/", env=ENVIRONMENT)
        if self._shell.stdout.readline() != "ready\n":
            raise RuntimeError("a world did not come up: " + self._shell.stderr.read())
        self.pid = only_child(self._shell.pid)
        self._sentinel = watch.tie(self.pid)
        self._netns = os.readlink(f"/proc/{self.pid}/ns/net")
        self.has_run_nsbuild = False
        self.start = inventory.take(self)

    # -- running things ------------------------------------------------------------------------------------------

    def enter(self, argv, cwd=None):
        """The command line that runs `argv` in here."""
        return ["nsenter", "--target", str(self.pid), "--net", "--mount", "--pid", "--uts", "--ipc", "--",
                "env", "-C", str(cwd or self.dir), *map(str, argv)]

    def popen(self, argv, *, env=None, cwd=None, text=True, **options):
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        return subprocess.Popen(self.enter(argv, cwd), env={**ENVIRONMENT, **(env or {})}, text=text,
                                errors="replace" if text else None, **options)

    def run(self, argv, *, check=True, code=None, input=None, timeout=None, env=None, cwd=None, text=True):
        """Runs to the end. `code` is the exit code expected (0 with `check`); a command that hangs costs the world its
        life, so that nothing of it stays."""
        process = self.popen(argv, env=env, cwd=cwd, text=text,
                             stdin=subprocess.DEVNULL if input is None else subprocess.PIPE)
        try:
            out, err = process.communicate(input, timeout or PATIENCE)
        except subprocess.TimeoutExpired:
            processes = "\n".join(inventory.take(self)["processes"])
            self.kill()
            process.communicate()
            raise AssertionError(f"hung: {' '.join(map(str, argv))}\n{processes}") from None
        ended = Ended(argv, process.returncode, out, err)
        expected = 0 if code is None and check else code
        assert expected is None or ended.code == expected, f"expected exit code {expected}\n{ended}"
        return ended

    def sh(self, script, *arguments, **options):
        return self.run(["sh", "-c", script, "sh", *arguments], **options)

    def background(self, argv, **options):
        """Starts a command that a test ends itself, or that ends with the world. Returns its PID in here as well."""
        process = self.popen(["sh", "-c", 'echo $$; exec "$@"', "sh", *argv], **options)
        return process, int(read_line(process))

    def kill_in(self, pid, signal="KILL"):
        self.run(["kill", f"-{signal}", str(pid)])

    # -- nsbuild -------------------------------------------------------------------------------------------------

    def nsbuild(self, *argv, **options):
        self.has_run_nsbuild = True
        return self.run([BINARY, *argv], **options)

    def residue(self, *argv, **options):
        """What nsbuild itself counts of a lab, or of all: the independent reader is leaks()."""
        return self.nsbuild("status", "--residue", "--json", *argv, **options).json["residue"]

    def file(self, name, text):
        """Writes a file next to the topologies. Returns its path."""
        path = self.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else textwrap.dedent(text).encode())
        return path

    def topology(self, source):
        """A path as it is; a text as the file lab.yaml (its name and its path stay, as when a user edits it)."""
        return source if isinstance(source, Path) else self.file("lab.yaml", source)

    def apply(self, source, *argv, **options):
        return self.nsbuild("apply", self.topology(source), *argv, **options)

    def plan(self, source, *argv, **options):
        return self.nsbuild("plan", self.topology(source), *argv, **options)

    def changes(self, source):
        """The steps that are left, as the lines of the plan that start with + ~ or -."""
        return steps(self.plan(source).out)

    def destroy(self, lab="lab", *argv, **options):
        return self.nsbuild("destroy", lab, *argv, **options)

    # -- looking at the kernel -----------------------------------------------------------------------------------

    def ip(self, place, *argv, lab="lab", **options):
        """ip(8) in a namespace of a lab; place None is the world's own."""
        inside = [] if place is None else ["-n", f"{lab}.{place}"]
        return self.run(["ip", *inside, *argv], **options)

    def ip_json(self, place, *argv, lab="lab", details=False):
        inside = [] if place is None else ["-n", f"{lab}.{place}"]
        out = self.run(["ip", *inside, *(["-d"] if details else []), "-j", *argv]).out
        return [entry for entry in json.loads(out or "[]") if entry]

    def link(self, place, name, lab="lab"):
        found = [link for link in self.ip_json(place, "link", details=True, lab=lab) if link["ifname"] == name]
        assert len(found) == 1, f"{name} in {place}: {found}"
        return found[0]

    def addresses(self, place, dev, lab="lab"):
        """What a user would call its addresses: `a/n`, without fe80::."""
        link, = self.ip_json(place, "address", "show", "dev", dev, lab=lab)
        return [f"{a['local']}/{a['prefixlen']}" for a in link["addr_info"] if not a["local"].startswith("fe80:")]

    def namespaces(self):
        return sorted(self.sh("ls /run/netns").out.split())

    def in_ns(self, place, *argv, lab="lab", **options):
        return self.run(["ip", "netns", "exec", f"{lab}.{place}", *argv], **options)

    def leaks(self):
        """What came or went since the world's first moment; empty directories of nsbuild's own do not count."""
        return [line for line in inventory.difference(self.start, inventory.take(self)) if line != RUN_DIR_LEFT]

    # -- the end -------------------------------------------------------------------------------------------------

    def kill(self):
        """Ends PID 1, and with it every process and namespace in here. May be called twice."""
        self._shell.kill()  # --kill-child takes PID 1 along
        self._shell.communicate()

    def close(self):
        """Ends the world and waits until the kernel has freed its network namespace, which it does on its own time."""
        self.kill()
        for stream in (self._shell.stdin, self._shell.stdout, self._shell.stderr):
            stream.close()
        shutil.rmtree(self.dir)
        eventually(lambda: not self._watch.holds(self._sentinel),
                   lambda: f"a dead world's network namespace is still alive; who is in it: {processes_in(self._netns)}")


def read_line(process):
    """A line of its output as bytes, not one more: what follows is for communicate(), which knows nothing of what a
    buffered reader has read ahead."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(process.stdout.fileno(), 1)
        if not byte:
            break
        line += byte
    return line


def steps(plan_text):
    return [line for line in plan_text.splitlines() if line.lstrip()[:2] in ("+ ", "~ ", "- ")]


def only_child(parent):
    """The one child of a process. (/proc/PID/task/TID/children needs CONFIG_PROC_CHILDREN.)"""
    children = [int(pid) for pid in os.listdir("/proc") if pid.isdigit() and parent_of(pid) == parent]
    assert len(children) == 1, children
    return children[0]


def parent_of(pid):
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return int(stat.rpartition(")")[2].split()[1])


def processes_in(netns):
    """The processes of this machine that are in the network namespace `net:[inode]`."""
    def place(pid):
        try:
            return os.readlink(f"/proc/{pid}/ns/net")
        except OSError:
            return None

    return [pid for pid in os.listdir("/proc") if pid.isdigit() and place(pid) == netns]


def eventually(condition, otherwise, timeout=None):
    """Polls until `condition()` is true and returns its value; `otherwise` says what did not come true."""
    deadline = time.monotonic() + (timeout or PATIENCE)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(otherwise() if callable(otherwise) else otherwise)
        time.sleep(0.05)
