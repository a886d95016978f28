"""What a machine can run out of: disk, files that may be written, descriptors, processes. Always one of: done, put back
and told; never a lab that is half there."""
import os
import pathlib
import re

import pytest

from lib import facts, ptrace, strace
from lib.sweep_cases import AFTER, BEFORE, CHANGED_NETWORK, NETWORK, SERVICES
from lib.sweep import STRIKE
from lib.topologies import PAIR, RICH
from lib.verdict import UNREADABLE, changed, is_exactly_listed, judge, restarted, settles, touched_by
from lib.world import BINARY, sanitizer

RUN_DIR = {"NSBUILD_RUN_DIR": "/run/small/state"}


def test_a_full_disk(world):
    """A run directory with room for less and less: what does not fit is put back; then there is room, and it is done."""
    world.sh("mkdir /run/small")
    path = world.topology(SERVICES)
    ends = set()
    for blocks in (1, 2, 3, 4, 6, 8, 10, 12, 16):
        world.sh(f"mount -t tmpfs -o nr_blocks={blocks},mode=755 tmpfs /run/small")
        before = facts.same(world)
        ended = world.nsbuild("apply", path, env=RUN_DIR, check=False)
        ends.add(ended.code)
        if ended.code == 0:
            world.nsbuild("plan", path, "--detailed-exitcode", env=RUN_DIR)
        else:
            assert ended.code == 1 and "ENOSPC" in ended.err, ended
            settles(lambda: changed(before, facts.same(world)))
        world.nsbuild("destroy", "lab", env=RUN_DIR)
        world.sh("umount /run/small")
    assert ends == {0, 1}
    world.sh("rmdir /run/small")


def test_a_disk_fills_under_a_running_lab(world):
    """A change that cannot be recorded is put back; a destroy needs no room."""
    world.sh("mkdir /run/small && mount -t tmpfs -o size=1M,mode=755 tmpfs /run/small")
    world.nsbuild("apply", world.topology(BEFORE), env=RUN_DIR)
    world.sh("cat /dev/zero > /run/small/full 2>/dev/null", check=False)
    before = facts.same(world)
    ended = world.nsbuild("apply", world.topology(AFTER), env=RUN_DIR, code=1)
    assert "ENOSPC" in ended.err, ended
    settles(lambda: changed(before, facts.same(world), restarted(ended)))
    world.nsbuild("destroy", "lab", env=RUN_DIR)
    world.sh("umount /run/small && rmdir /run/small")


@pytest.mark.kernel
def test_a_run_directory_that_cannot_be_written(world):
    world.sh("mkdir /run/small && mount -t tmpfs -o ro tmpfs /run/small")
    ended = world.nsbuild("apply", world.topology(PAIR), env=RUN_DIR, code=1)
    assert "/run/small/state" in ended.err and "EROFS" in ended.err, ended
    assert world.namespaces() == []
    world.sh("umount /run/small && rmdir /run/small")


def test_a_run_directory_becomes_read_only(world):
    """Nothing can be changed then, not even by halves; what is there can be looked at."""
    world.sh("mkdir /run/small && mount -t tmpfs -o mode=755 tmpfs /run/small")
    world.nsbuild("apply", world.topology(NETWORK), env=RUN_DIR)  # a service would have its log open for writing
    world.sh("mount -o remount,ro /run/small")
    before = facts.same(world)
    for command in (["apply", world.topology(CHANGED_NETWORK)], ["destroy", "lab"]):
        ended = world.nsbuild(*command, env=RUN_DIR, code=1)
        assert "EROFS" in ended.err, ended
        assert changed(before, facts.same(world)) == []
    assert "lab" in world.nsbuild("status", env=RUN_DIR).out
    world.sh("mount -o remount,rw /run/small")
    world.nsbuild("destroy", "lab", env=RUN_DIR)
    world.sh("umount /run/small && rmdir /run/small")


@pytest.mark.parametrize("count", [7, 42], ids=["in the first thread", "in two threads"])
def test_a_note_of_sysctls_that_cannot_be_written(world, count):
    """A new namespace has the number of one that had settings of ours: that they are no longer its own is written down. Which
    number that is depends on how many namespaces the machine has just then."""
    world.apply("namespaces: {keep: }")
    notes = [pathlib.Path("/proc/sys/kernel/random/boot_id").read_text()]
    notes += [f"n3 {inode} net.ipv4.ip_default_ttl = 64\n" for inode in range(4026531840, 4026580000)]
    world.sh("cat > /run/nsbuild/lab/sysctls", input="".join(notes))
    before = facts.same(world)
    path = world.topology("namespaces:\n  keep:\n" + "".join(f"  n{i}:\n" for i in range(count)))
    argv = ["-P", "/run/nsbuild/lab/sysctls", "-e", "trace=openat2", "-e", "inject=openat2:error=ENOSPC:when=2"]
    ended, _ = strace.follow(world, argv, [BINARY, "apply", path], code=1)
    assert "namespace n3: " in ended.err and "ENOSPC" in ended.err, ended
    settles(lambda: changed(before, facts.same(world)))
    world.nsbuild("apply", path)
    world.destroy()


def with_files(world, limit, *argv):
    return world.sh(f'ulimit -n {limit} && exec "$@"', BINARY, *argv, check=False)


def test_sixty_four_descriptors_are_enough(world):
    path = world.topology(RICH)
    assert with_files(world, 64, "apply", path).code == 0
    world.nsbuild("plan", path, "--detailed-exitcode")
    assert with_files(world, 64, "destroy", "lab").code == 0
    assert world.leaks() == []
    many = world.topology("namespaces: {" + ", ".join(f"n{i}: " for i in range(150)) + "}")
    assert with_files(world, 64, "apply", many).code == 0
    assert with_files(world, 64, "apply", many).code == 0
    assert with_files(world, 64, "destroy", "lab").code == 0
    assert world.leaks() == []


def many_services(places, services, ready=""):
    entries = ", ".join(f"s{i}: {{namespace: n{i % places}, command: [sh, -c, 'echo up; exec sleep 1001']{ready}}}"
                        for i in range(services))
    return f"namespaces: {{{', '.join(f'n{i}: ' for i in range(places))}}}\nservices: {{{entries}}}\n"


@pytest.mark.parametrize("limit, places, services", [(64, 2, 120), (1024, 500, 500)])
def test_many_services_need_no_more_descriptors(world, limit, places, services):
    """Not even when they are many times as many as may be open at once. 1024 is what most shells allow."""
    plain, waited = (world.topology(many_services(places, services, ready)) for ready in ("", ", ready: {log: up}"))
    for path in (plain, waited):
        ended = with_files(world, limit, "apply", path)
        assert ended.code == 0, ended
        world.nsbuild("plan", path, "--detailed-exitcode")
    world.destroy()
    ended = with_files(world, limit, "apply", waited)
    assert ended.code == 0, ended
    assert with_files(world, limit, "destroy", "lab").code == 0
    settles(world.leaks)


def test_fewer_and_fewer_descriptors(world):
    """Whatever is missing, it is told as what it is, and a descriptor that cannot be had is no "not there"."""
    if sanitizer():
        pytest.skip(sanitizer())
    path = world.topology(RICH)
    ends = set()
    for limit in range(6, 40, 2):
        ended = with_files(world, limit, "apply", path)
        ends.add(ended.code)
        if ended.code == 0:
            world.nsbuild("plan", path, "--detailed-exitcode")
            world.destroy()
        else:  # 127 is the dynamic loader's; whoever cannot even look at what remains says that
            assert ended.code in (1, 127) or (ended.code == 3 and UNREADABLE in ended.err), (limit, ended)
            # fcntl(2): EINVAL is for F_DUPFD what EMFILE is elsewhere
            assert re.search("EMFILE|EINVAL|Too many|Error 24", ended.err), (limit, ended)
            world.destroy()
        settles(world.leaks)
    assert ends >= {0, 1}


def test_a_running_lab_and_fewer_descriptors(world):
    """A second apply or a destroy that is short of descriptors takes nothing that it cannot see for gone."""
    path = world.topology(BEFORE)
    nothing = facts.same(world)
    world.apply(path)
    before = facts.same(world)
    for limit in range(6, 40, 4):
        ended = with_files(world, limit, "apply", path)
        assert ended.code in (0, 1, 127), (limit, ended)
        assert changed(before, facts.same(world)) == [], (limit, ended)
    ends = set()
    for limit in range(6, 40, 4):
        ended = with_files(world, limit, "destroy", "lab")
        ends.add(ended.code)
        assert ended.code in (0, 1, 3, 127) and "is not up" not in ended.err, (limit, ended)
        if ended.code == 3:
            is_exactly_listed(ended, nothing, facts.same(world))
        elif ended.code == 0:
            settles(lambda: changed(nothing, facts.same(world)))
        else:
            assert changed(before, facts.same(world)) == [], (limit, ended)
            continue
        world.apply(path)
        before = facts.same(world)
    assert ends >= {0, 1}, ends
    world.destroy()


ONE = "namespaces: {a: }\nservices: {web: {namespace: a, command: [sleep, '1001'], ready: {file: /etc}}}\n"


@pytest.mark.parametrize("process, call, number, error, words", [
    ("0.1.web", "signalfd4", 1, "EMFILE", "service web: start init: Too many open files"),
    ("0.1.web", "socketpair", 1, "EMFILE", "service web: start init: Too many open files"),
    ("0.1.web.1", "setgroups", 1, "EPERM", "service web: user root: Operation not permitted"),
    ("0", "socketpair", 3, "ENOMEM", "service web: is ready, but its init cannot be told: socketpair: Cannot allocate memory"),
    ("0", "pidfd_getfd", 1, "EMFILE", "service web: is ready, but its init cannot be told: reach its init: Too many open files"),
])
def test_the_kernels_words_reach_the_user(world, process, call, number, error, words):
    if ptrace.missing() or sanitizer():
        pytest.skip(ptrace.missing() or sanitizer())
    point = [process, call, str(number), error]
    ended = world.run([*STRIKE, world.dir / "log", *point, "--", BINARY, "apply", world.topology(ONE)], code=1)
    assert f"error: {words} ({error})" in ended.err, ended
    world.has_run_nsbuild = True


# Fills the table, makes so much room again, runs the command.
CROWD = """
import os, signal, subprocess, sys
children = []
def rest():
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    while True: signal.pause()
try:
    while True:
        child = os.fork()
        if child == 0: rest()
        children.append(child)
except BlockingIOError:
    pass
def end(count):
    for child in [children.pop() for _ in range(min(count, len(children)))]:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
end(int(sys.argv[1]) + 1)
code = subprocess.run(sys.argv[2:]).returncode
end(len(children))
sys.exit(code)
"""


def test_a_full_process_table(world):
    """pid_max is a PID namespace's own since Linux 6.14; below, the machine's."""
    release = tuple(map(int, re.match(r"(\d+)\.(\d+)", os.uname().release).groups()))
    if release < (6, 14):
        pytest.skip("pid_max is the whole machine's before Linux 6.14")
    path = world.topology(SERVICES)
    world.sh("echo 400 > /proc/sys/kernel/pid_max")  # numbers below 300 are given once only (kernel/pid.c)
    before = facts.same(world)
    ends = set()
    for room in range(0, 14, 2):
        ended = world.run(["/usr/bin/python3", "-c", CROWD, str(room), BINARY, "apply", path], check=False)
        ends.add(ended.code)
        if ended.code == 0:
            world.nsbuild("plan", path, "--detailed-exitcode")
            world.destroy()
        else:
            assert ended.code == 1 and "EAGAIN" in ended.err, (room, ended)
        settles(lambda: changed(before, facts.same(world)))
    assert ends == {0, 1}, ends


@pytest.mark.parametrize("call", ["vfork", "clone3"])
@pytest.mark.parametrize("case", ["first", "change"])
def test_no_process_can_be_made(world, call, case):
    """EAGAIN from the first attempt on, also while rolling back."""
    if ptrace.missing() or sanitizer():
        pytest.skip(ptrace.missing() or sanitizer())
    if case == "change":
        world.apply(BEFORE)
    before = facts.same(world)
    path = world.topology(AFTER)
    process = {"vfork": "0", "clone3": "0.1"}[call]
    ended = world.run([*STRIKE, world.dir / "log", process, call, "1", "EAGAIN+", "--", BINARY, "apply", path],
                      check=False)
    assert "EAGAIN" in ended.err, ended
    judge(world, ended, "EAGAIN", before, {}, touched=touched_by(BEFORE, AFTER))
    world.destroy()
    assert world.leaks() == []


ALL = ("apply", "plan", "destroy", "gc", "status")
# Which calls look there, and which commands make them.
LOOKS = [("openat", "/run/netns", ALL), ("newfstatat", "/run/netns", ALL), ("openat2", "/run/nsbuild/lab/journal.json", ALL),
         ("openat2,openat", "/run/nsbuild/lab", ("destroy", "gc")),
         ("newfstatat", "/run/nsbuild/lab", ("apply", "destroy", "gc", "status"))]


@pytest.mark.parametrize("call, path, command", [(call, path, command) for call, path, commands in LOOKS for command in commands])
def test_what_cannot_be_seen_is_not_gone(world, call, path, command):
    """A look that fails for a moment at a healthy lab: it is told, and the lab is not made anew, forgotten or removed."""
    if sanitizer():
        pytest.skip(sanitizer())
    topology = world.topology(SERVICES)
    world.apply(topology)
    argv = [BINARY, command] + {"apply": [topology], "plan": [topology], "destroy": ["lab"]}.get(command, [])
    for when in range(1, 6):
        before = glance(world)
        log = world.dir / "log"
        ended = world.run(["strace", "-f", "-o", log, "-P", path, "-e", f"trace={call}", "-e",
                           f"inject={call}:error=ENOMEM:when={when}", *argv], check=False)  # it starts no service
        assert when > 1 or "(INJECTED)" in log.read_text(), ended
        if ended.code != 0:
            assert f"{path}: Cannot allocate memory (ENOMEM)" in ended.err, ended
        if command != "destroy":
            assert glance(world) == before, ended
            assert "not up" not in ended.err and "no lab" not in ended.err, ended
            continue
        left = glance(world)
        assert left == before if ended.code == 1 else left[:2] == ([], ""), (left, ended)
        assert ended.code in (0, 1) or "this remains" in ended.err and world.sh("ls /run/nsbuild").out, ended
        world.apply(topology)
    world.destroy()


def glance(world):
    """The namespaces, the services' processes, and whether a plan finds anything to do."""
    changes = world.nsbuild("plan", world.dir / "lab.yaml", "--detailed-exitcode", check=False).code
    return world.namespaces(), world.sh("pgrep -x nsbuild-init || :").out, changes
