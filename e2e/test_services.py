"""What a service sees, and what nobody else sees of it."""
import re

import pytest

from lib.world import BINARY, eventually

SERVICE = """
namespaces: {here: , there: }
links: [{endpoints: {here:eth0: 10.0.0.1/24, there:eth0: 10.0.0.2/24}}]
services:
  probe:
    namespace: here
"""


def service(body):
    return SERVICE + "".join(f"    {line}\n" for line in body.strip("\n").splitlines())


def inside(world, script, name="probe", **options):
    return world.nsbuild("exec", name, "--", "sh", "-c", script, **options).out


def test_isolation(world):
    own = world.sh("readlink /proc/self/ns/*").out.split()
    world.apply(service("command: [sleep, infinity]\nhostname: probe-host"))
    namespaces = inside(world, "readlink /proc/self/ns/*").split()
    private = {line.split(":")[0] for line in namespaces if line not in own}
    assert {"ipc", "mnt", "net", "pid", "uts"} <= private
    assert inside(world, "cat /proc/sys/kernel/hostname") == "probe-host\n"
    assert world.sh("hostname").out == "world\n"

    # /proc is this PID namespace's: an init of its own as PID 1, and the command.
    commands = inside(world, "for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline; echo; done")
    assert "sleep infinity" in commands and "bash" not in commands
    assert "sleep" not in inside(world, "tr '\\0' ' ' < /proc/1/cmdline; cat /proc/1/comm")

    # /sys is this network namespace's, /run is empty and its own.
    assert inside(world, "ls /sys/class/net").split() == ["eth0", "lo"]
    assert inside(world, "ls -A /run") == ""
    inside(world, "echo mine > /run/mine")
    assert world.sh("ls /run").out.split() == world.sh("ls -d /run/mine 2>/dev/null; ls /run").out.split()
    assert inside(world, "cat /run/mine") == "mine\n"

    # System V IPC: what is made inside is not there outside.
    inside(world, "ipcmk -Q >/dev/null")
    assert len(inside(world, "ipcs -q").splitlines()) > len(world.sh("ipcs -q").out.splitlines())

    # No mount goes either way.
    world.sh("mkdir /run/later && mount -t tmpfs later /run/later && mount -t tmpfs later2 /mnt")
    assert "later" not in inside(world, "cat /proc/mounts")
    before = world.sh("cat /proc/1/mountinfo").out
    inside(world, "mount -t tmpfs inner /mnt")
    assert world.sh("cat /proc/1/mountinfo").out == before
    world.sh("umount /run/later /mnt; rmdir /run/later")
    world.destroy()
    assert world.leaks() == []


def test_a_clean_environment(world):
    world.apply(service("""
command: |
  tr '\\0' '\\n' < /proc/$$/environ
  echo umask $(umask); pwd; readlink /proc/$$/fd/0; ls /proc/$$/fd
  exec sleep infinity
environment: {GREETING: hello world}
"""), env={"LEAKED": "from the caller"})
    log = eventually(lambda: "0\n1\n2\n" in world.nsbuild("logs", "probe").out and world.nsbuild("logs", "probe").out,
                     lambda: repr(world.nsbuild("logs", "probe")))
    lines = log.splitlines()
    variables = dict(line.split("=", 1) for line in lines if "=" in line)
    assert variables.pop("PWD", "/") == "/"  # the shell's own doing
    assert variables.keys() - {"OLDPWD", "SHLVL", "_"} == \
        {"PATH", "HOME", "USER", "LANG", "NSBUILD_LAB", "NSBUILD_SERVICE", "GREETING"}
    assert variables["GREETING"] == "hello world" and "/usr/sbin" in variables["PATH"].split(":")
    assert (variables["NSBUILD_LAB"], variables["NSBUILD_SERVICE"]) == ("lab", "probe")
    assert (variables["HOME"], variables["USER"]) == ("/root", "root")
    assert "umask 0022" in lines and "/" in lines and "/dev/null" in lines
    # Nothing but the standard three; what `ls` has open for itself comes on top.
    assert {line for line in lines if re.fullmatch(r"\d+", line)} <= {"0", "1", "2", "10"}
    world.destroy()


@pytest.mark.kernel
def test_who_and_where(world):
    world.apply(service("""
command: 'id -un; id -gn; pwd; echo $HOME; exec sleep infinity'
user: nobody
working_dir: /usr
"""))
    def log():
        return world.nsbuild("logs", "probe").out.split()
    eventually(lambda: len(log()) == 4, log)
    assert log() == ["nobody", "nogroup", "/usr", "/nonexistent"]
    world.destroy()


def test_names_resolve(world):
    world.apply(service("command: [sleep, infinity]"))
    hosts = inside(world, "cat /etc/hosts")
    assert inside(world, "getent hosts there").split()[0] == "10.0.0.2"
    assert inside(world, "getent ahostsv4 localhost").split()[0] == "127.0.0.1"
    world.nsbuild("exec", "probe", "--", "ping", "-c1", "-W5", "there")
    assert hosts != world.sh("cat /etc/hosts").out
    # A name that comes later is there for a service that runs already.
    world.apply(service("command: [sleep, infinity]").replace("there: }", "there: , more: }")
                + "networks: {lan: {subnet: 10.7.0.0/24, endpoints: [here:eth7, more:eth7]}}\n")
    assert inside(world, "getent hosts more").split()[0] == "10.7.0.2"
    world.destroy()


@pytest.mark.kernel
def test_files_mounts_and_tmpfs(world):
    """Targets that the machine has, and targets that it lacks: both appear inside, neither changes outside."""
    world.file("www/index.html", "from the machine\n")
    world.file("app.conf", "from a file\n")
    outside = "stat -c '%n %Y %s' /etc/motd /srv /opt 2>&1; ls -A /srv /opt; ls -d /nowhere /etc/app.d 2>&1"
    before = world.sh(outside, check=False).out
    world.apply(service("""
command: [sleep, infinity]
mounts:
  - ./www:/srv:ro
  - ./www:/nowhere/at/all
  - {type: tmpfs, target: /var/cache, size: 1m, mode: 0700, owner: nobody:nogroup}
  - {type: tmpfs, target: /run/lib}
files:
  /etc/motd: {content: "hello\\n"}
  /etc/app.d/app.conf: {source: app.conf, mode: 0600, owner: nobody:daemon}
  /run/app/pid: {content: "1"}
"""))
    assert inside(world, "cat /srv/index.html /nowhere/at/all/index.html") == "from the machine\n" * 2
    assert "Read-only" in world.nsbuild("exec", "probe", "--", "sh", "-c", "echo x > /srv/x", code=2).err
    inside(world, "echo written > /nowhere/at/all/written")
    assert (world.dir / "www/written").read_text() == "written\n"  # a bind mount is the machine's own directory
    assert inside(world, "stat -c '%a %U:%G' /var/cache") == "700 nobody:nogroup\n"
    assert inside(world, "findmnt -no FSTYPE,OPTIONS /var/cache").startswith("tmpfs")
    assert "size=1024k" in inside(world, "findmnt -no OPTIONS /var/cache")
    assert inside(world, "findmnt -no FSTYPE /run/lib; cat /run/app/pid") == "tmpfs\n1"
    assert inside(world, "cat /etc/motd /etc/app.d/app.conf") == "hello\nfrom a file\n"
    assert inside(world, "stat -c '%a %U:%G' /etc/motd /etc/app.d/app.conf") == "644 root:root\n600 nobody:daemon\n"
    # The copy is the service's own and can be written; what the machine has beside it is still to be seen.
    inside(world, "echo changed > /etc/motd; echo changed > /etc/app.d/app.conf; test -s /etc/passwd")
    assert (world.dir / "app.conf").read_text() == "from a file\n"
    assert world.sh(outside, check=False).out == before
    world.destroy()
    assert world.sh(outside, check=False).out == before
    (world.dir / "www/written").unlink()


def test_output_goes_to_a_log(world):
    world.apply(service("command: 'echo to stdout; echo to stderr >&2; exec sleep infinity'"))
    eventually(lambda: world.nsbuild("logs", "probe").out == "to stdout\nto stderr\n",
               lambda: repr(world.nsbuild("logs", "probe")))
    world.destroy()


def test_orphans_are_reaped_and_signals_passed_on(world):
    world.apply(service("""
command: |
  trap 'echo got TERM; exit 0' TERM
  (sleep 0.2 &) ; (sleep 0.2 &)
  echo ready
  while :; do sleep 0.1; done
"""))
    eventually(lambda: "ready" in world.nsbuild("logs", "probe").out, "the service did not start")
    eventually(lambda: not inside(world, "pgrep -fx 'sleep 0.2' || :"), "the orphans are still there")
    assert "defunct" not in inside(world, "ps ax")
    follower, _ = world.background([BINARY, "logs", "-f", "probe"])
    assert follower.stdout.readline() == "ready\n"
    world.destroy()
    # A service that is stopped gets SIGTERM first; the log is followed until it is gone.
    assert "got TERM\n" in follower.communicate()[0]


@pytest.mark.parametrize("body, words", [
    ("command: [/no/such/command]", ["probe", "/no/such/command", "ENOENT"]),
    ("command: [no-such-command-in-path]", ["probe", "no-such-command-in-path", "ENOENT"]),
    ("command: [/etc/passwd]", ["probe", "/etc/passwd", "EACCES"]),
    ("command: [sleep, '1']\nworking_dir: /no/such/directory", ["probe", "/no/such/directory", "ENOENT"]),
    ("command: [sleep, '1']\nmounts: [/etc/passwd:/usr]", ["probe", "/etc/passwd", "/usr", "DIR"]),
    ("command: [sleep, '1']\nuser: nobody-at-all", ["probe", "nobody-at-all"]),
    ("command: [sleep, '1']\nmounts: [{type: tmpfs, target: /mnt, size: 1x}]", ["size"]),
], ids=lambda value: value if isinstance(value, str) else "")
def test_a_service_that_cannot_start(world, body, words):
    ended = world.apply(service(body), check=False)
    # What can be seen from the file is a bad file (2), the rest a failed apply that was rolled back (1).
    assert ended.code in (1, 2), ended
    for word in words:
        assert word in ended.err, ended
    if ended.code == 1:
        guilty = body.splitlines()[-1]
        lines = (world.dir / "lab.yaml").read_text().splitlines()
        line = next(number for number, text in enumerate(lines, 1) if guilty in text)
        assert f"lab.yaml:{line})" in ended.err, f"line {line} of the file is missing: {ended}"
    assert world.leaks() == []


def test_a_service_that_ends_is_told(world):
    world.apply(service(f"command: 'until [ -e {world.dir}/go ]; do sleep 0.05; done; exit 3'"))
    (world.dir / "go").touch()
    plan = eventually(lambda: world.changes(world.dir / "lab.yaml"), "the plan does not show that the service ended")
    assert len(plan) == 1 and "probe" in plan[0] and "exit code 3" in world.plan(world.dir / "lab.yaml").out
    assert "3" in world.nsbuild("status", "lab").out
    world.destroy()
