"""exec: inside means inside, and whatever the command gets and gives passes through."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

import pytest

from lib import strace
from lib.topologies import SERVICES
from lib.world import BINARY, PATIENCE, eventually, read_line, sanitizer


@pytest.fixture
def lab(world):
    world.apply(SERVICES)
    yield world
    world.destroy()


def test_an_unknown_name_is_told_the_ones_of_its_kind(lab):
    def said(name):
        return lab.nsbuild("exec", name, "--", "true", code=125).err.strip().removeprefix("nsbuild: error: ")

    assert said("svc:on") == 'lab lab has no service "on"; services: one, two; did you mean "one"?'
    assert said("ns:one") == 'lab lab has no namespace "one"; namespaces: a, b'
    assert said("svc:a") == 'lab lab has no service "a"; services: one, two'
    assert said("none") == 'lab lab has no "none"; services: one, two; namespaces: a, b; did you mean "one"?'


@pytest.mark.parametrize("name", ["one", "svc:one", "lab/one", "lab/svc:one"])
def test_in_a_service(lab, name):
    out = lab.nsbuild("exec", name, "--", "sh", "-c",
                      "hostname; ls /sys/class/net; ps ax; echo $NSBUILD_SERVICE; id -u").out
    assert out.splitlines()[0] == "one" and "sleep 1001" in out and "sleep 1002" not in out
    assert out.splitlines()[-2:] == ["one", "0"]


@pytest.mark.parametrize("name", ["a", "ns:a", "lab/a", "lab/ns:a"])
def test_in_a_namespace(lab, name):
    out = lab.nsbuild("exec", name, "--", "sh", "-c", "hostname; ls /sys/class/net; ip -br addr; echo $MINE",
                      env={"MINE": "the caller's"}).out
    assert out.splitlines()[0] == "world" and "10.0.0.1/24" in out and "sentinel" not in out
    assert out.splitlines()[-1] == "the caller's"


def test_exit_codes(lab):
    for place in ("one", "a"):
        for command, code in ((["true"], 0), (["sh", "-c", "exit 42"], 42), (["sh", "-c", "kill -KILL $$"], 137),
                              (["/no/such/command"], 127), (["/etc/passwd"], 126)):
            if code == 126 and "tsan" in sanitizer():
                continue  # it makes a fork(2) of vfork(2), and errno stays in the child
            lab.nsbuild("exec", place, "--", *command, code=code)
    missing = lab.nsbuild("exec", "on", "--", "true", code=125)
    assert '"one"' in missing.err or "one" in missing.err


def test_in_a_namespace_the_command_goes_with_nsbuild(lab):
    """Its end is told as a shell tells it; who kills nsbuild kills the command."""
    process, _ = lab.background([BINARY, "exec", "a", "--", "sh", "-c", "echo $$; exec sleep 1008"])
    command = int(read_line(process))
    assert lab.sh("ls /run/nsbuild/lab").out.split() == ["hosts", "journal.json", "lock", "log", "names"]
    lab.kill_in(command)
    assert process.wait() == 128 + signal.SIGKILL
    process, pid = lab.background([BINARY, "exec", "a", "--", "sh", "-c", "echo $$; exec sleep 1009"])
    command = int(read_line(process))
    lab.kill_in(pid)
    eventually(lambda: lab.sh("kill -0 $1 2>/dev/null; echo $?", str(command)).out == "1\n", "the command lives on")


def test_what_the_caller_ignores_stays_ignored_in_a_namespace(lab):
    """As with nohup(1): sh(1) cannot get back a signal that was ignored when it began."""
    script = "kill -HUP $$; echo still there"
    assert lab.sh("trap '' HUP; exec \"$@\"", BINARY, "exec", "a", "--", "sh", "-c", script).out == "still there\n"


@pytest.mark.parametrize("kernel", ["this one", "one before 6.8"])
def test_what_is_mounted_below_sys_is_there_in_a_namespace(lab, kernel):
    lab.sh("mount -t tmpfs tmpfs /sys/kernel && mkdir '/sys/kernel/a b' && mount -t tmpfs tmpfs '/sys/kernel/a b'")
    look = "stat -f -c %T /sys /sys/fs/cgroup /sys/kernel '/sys/kernel/a b'; ls /sys/class/net"
    argv = [BINARY, "exec", "a", "--", "sh", "-c", look]
    # The first statx(2) asks for what listmount(2) needs; strace may be too old to know that itself.
    ended = lab.run(argv) if kernel == "this one" else strace.inject(lab, "statx", "error=ENOSYS:when=1", argv)
    assert ended.out.split() == ["sysfs", "cgroup2fs", "tmpfs", "tmpfs", "eth0", "lo"], ended
    lab.sh("umount -R /sys/kernel")


def test_streams_pass_through(lab):
    for place in ("one", "a"):
        ended = lab.nsbuild("exec", place, "--", "sh", "-c", "cat; echo err >&2", input="some\ninput\n")
        assert (ended.out, ended.err) == ("some\ninput\n", "err\n")
    binary = bytes(range(256)) * 1000
    assert lab.nsbuild("exec", "one", "--", "cat", input=binary, text=False).out == binary


def test_nothing_is_inherited(lab):
    """No descriptor of nsbuild's own reaches the command."""
    for place in ("one", "a"):
        assert lab.nsbuild("exec", place, "--", "sh", "-c", "ls /proc/$$/fd").out.split() == ["0", "1", "2"]


def test_user(lab):
    assert lab.nsbuild("exec", "--user", "nobody", "one", "--", "id", "-un").out == "nobody\n"
    assert lab.nsbuild("exec", "--user", "nobody:daemon", "one", "--", "id", "-gn").out == "daemon\n"


def test_a_stopped_service(lab):
    lab.sh("kill -9 $(pgrep -fx 'sleep 1001'); sleep 0.2")
    refused = lab.nsbuild("exec", "one", "--", "true", code=125)
    assert re.search("exited|killed|not running|stopped|signal", refused.err), refused
    lab.apply(SERVICES)


def test_signals_reach_the_command(lab):
    process, pid = lab.background([BINARY, "exec", "one", "--", "sh", "-c",
                                   "trap 'echo got it; exit 9' TERM; echo ready; while :; do sleep 0.05; done"])
    assert process.stdout.readline() == "ready\n"
    lab.kill_in(pid, "TERM")
    out, _ = process.communicate()
    assert (process.returncode, out) == (9, "got it\n")


class Terminal:
    """nsbuild exec on a pseudo-terminal, as a person would have it."""

    def __init__(self, world, argv, size=(33, 77)):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            # A shell that has the terminal itself must find the session's leader in its own PID namespace.
            os.execvp("nsenter", world.enter(["setsid", "--ctty", "--wait", *argv]))
        self.resize(size)
        self.seen = ""

    def resize(self, size):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))

    def type(self, text):
        os.write(self.fd, text.encode())

    def wait_for(self, pattern):
        deadline = time.monotonic() + PATIENCE
        while not (found := re.search(pattern, self.seen)):
            assert time.monotonic() < deadline, f"no {pattern!r} in {self.seen!r}"
            if select.select([self.fd], [], [], 0.1)[0]:
                try:
                    self.seen += os.read(self.fd, 4096).decode(errors="replace")
                except OSError:  # the other side is closed
                    assert re.search(pattern, self.seen), f"no {pattern!r} in {self.seen!r}"
        self.seen = self.seen[found.end():]
        return found

    def end(self):
        """The exit code; the terminal must be done with."""
        deadline = time.monotonic() + PATIENCE
        while True:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                os.close(self.fd)
                return os.waitstatus_to_exitcode(status)
            assert time.monotonic() < deadline, f"it goes on: {self.seen!r}"
            if select.select([self.fd], [], [], 0.05)[0]:
                try:
                    self.seen += os.read(self.fd, 4096).decode(errors="replace")
                except OSError:
                    time.sleep(0.05)


@pytest.mark.parametrize("place", ["one", "a"])
def test_a_real_terminal(lab, place):
    terminal = Terminal(lab, [BINARY, "exec", place, "--", "sh", "-i"])
    terminal.type("PS1='> '; tty; stty size; test -t 0 && test -t 1 && echo both-are-ttys\n")
    terminal.wait_for(r"/dev/\S+")
    terminal.wait_for(r"33 77")
    terminal.wait_for(r"\nboth-are-ttys")
    terminal.resize((20, 100))
    terminal.type("sleep 0.3; stty size\n")
    terminal.wait_for(r"20 100")
    # Job control: Ctrl-C ends the foreground job and not the shell, Ctrl-Z stops it.
    terminal.type("sleep 1006; echo status $?\n")
    lab.sh("until ps ax -o stat=,args= | grep -qx '[^ ]*+ *sleep 1006'; do sleep 0.05; done")  # in the foreground
    terminal.type("\x03")
    terminal.type("echo after $((40 + 2))\n")
    terminal.wait_for(r"after 42")
    terminal.type("sleep 1007\n")
    lab.sh("until pgrep -fx 'sleep 1007' >/dev/null; do sleep 0.05; done")
    terminal.type("\x1a")
    terminal.wait_for(r"Stopped|Suspended|\[1\]")
    terminal.type("kill %1; exit 5\n")
    terminal.type("exit 5\n")
    assert terminal.end() == 5
    lab.sh("! pgrep -fx 'sleep 1007'")


def test_a_shell_when_no_command_is_given(lab):
    terminal = Terminal(lab, [BINARY, "exec", "one"])
    terminal.type("echo I am $(hostname) $((1 + 1))\n")
    terminal.wait_for(r"I am one 2")
    terminal.type("exit 3\n")
    assert terminal.end() == 3


def test_the_terminal_is_given_back_as_it_was(lab):
    terminal = Terminal(lab, ["sh", "-c", f"before=$(stty -g); {BINARY} exec one -- sh -c 'stty raw -echo'; "
                                          "[ \"$before\" = \"$(stty -g)\" ] && echo same || echo changed; sleep 0.2"])
    terminal.wait_for("same|changed")
    assert terminal.end() == 0
