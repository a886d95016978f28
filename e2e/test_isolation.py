"""What separates a service from the machine and from the services beside it: each claim tried from inside, and each question
also asked where the answer must be the opposite, so that no test passes because it cannot see."""
import ast
import json
import os
from pathlib import Path

import pytest

from lib.world import BINARY, eventually

PROBE = Path(__file__).parent / "lib/probe.py"
LAB = """
namespaces: {here: , there: }
links: [{endpoints: {here:eth0: 10.0.0.1/24, there:eth0: 10.0.0.2/24}}]
services:
"""
IPC = ["POSIX message queue", "POSIX semaphore", "POSIX shared memory", "System V message queue", "System V semaphores",
       "System V shared memory"]


def lab(**services):
    return LAB + "".join(f"  {name}: {{{'' if 'join:' in body else 'namespace: here, '}{body}}}\n"
                         for name, body in services.items())


def probing(*question, stay=False):
    """The body of a service that asks and, if it is to stay, lives on."""
    command = ["/usr/bin/python3", PROBE, *(["--stay"] if stay else []), *question]
    return f"command: [{', '.join(json.dumps(str(word)) for word in command)}], " + \
        ("ready: {log: '.'}" if stay else "oneshot: true")


def answer(world, service):
    return json.loads(world.nsbuild("logs", f"lab/{service}").out.splitlines()[-1])


def ask(world, *question, service=None, **options):
    """Outside, or as a visitor of a service."""
    visit = [BINARY, "exec", f"lab/{service}", "--"] if service else []
    return json.loads(world.run([*visit, "/usr/bin/python3", PROBE, *question], **options).out)


def inside(world, service, script, **options):
    return world.nsbuild("exec", f"lab/{service}", "--", "sh", "-c", script, **options).out


def status(world, name):
    (one,) = (s for s in world.nsbuild("status", "lab", "--json").json["labs"][0]["services"] if s["name"] == name)
    return one


def titled(world, pattern):
    return world.sh(f"pgrep -fx {pattern!r} || :").out.split()


@pytest.mark.kernel
def test_no_process_outside_is_seen_or_reached(world):
    _, stranger = world.background(["sleep", "4001"])
    highest = stranger + 500  # PIDs are given out in ascending order: everything in this world lies below
    world.apply(lab(sibling="command: [sleep, '4002']", probe=probing("processes", highest, stay=True) + ", depends_on: [sibling]",
                    friend=f"join: probe, {probing('processes', highest)}, depends_on: [probe]"))
    outside = ask(world, "processes", highest)
    for sleep in ("sleep 4001", "sleep 4002"):
        (pid,) = (int(pid) for pid, command in outside["seen"].items() if command == sleep)
        assert pid in outside["answer"], "the question itself does not work"
    mine = answer(world, "probe")
    assert sorted(map(int, mine["seen"])) == mine["answer"], "somebody answers who is not in /proc"
    assert mine["seen"].keys() == {"1", str(mine["own"])} and "4001" not in str(mine) and "4002" not in str(mine)
    # One that joins sees those with whom it shares its namespaces, and nobody else.
    friend = answer(world, "friend")
    assert str(mine["own"]) in friend["seen"] and mine["own"] in friend["answer"]
    assert "4001" not in str(friend) and "4002" not in str(friend)
    world.destroy()
    world.kill_in(stranger)


@pytest.mark.kernel
def test_a_signal_to_everybody_stays_inside(world):
    _, stranger = world.background(["sleep", "4003"])
    world.apply(lab(sibling="command: [sleep, '4004']", probe=probing("kill-all") + ", depends_on: [sibling]"))
    assert answer(world, "probe") == -9, "the signal did not reach even its own child"
    assert titled(world, "sleep 4003") == [str(stranger)] and len(titled(world, "sleep 4004")) == 1
    assert status(world, "sibling")["state"] == "running"
    world.destroy()
    world.kill_in(stranger)


@pytest.mark.kernel
def test_names_of_the_machine_are_its_own(world):
    world.apply(lab(one="command: [sleep, infinity], hostname: first", two="command: [sleep, infinity]"))
    script = "cat /proc/sys/kernel/hostname /proc/sys/kernel/domainname"
    before = [world.sh(script).out, inside(world, "two", script)]
    inside(world, "one", "echo renamed >/proc/sys/kernel/hostname; echo example.org >/proc/sys/kernel/domainname")
    assert inside(world, "one", script) == "renamed\nexample.org\n"
    assert [world.sh(script).out, inside(world, "two", script)] == before
    world.sh("hostname elsewhere")
    assert inside(world, "one", script) == "renamed\nexample.org\n" and inside(world, "two", script) == before[1]
    world.sh("hostname world")
    world.destroy()


@pytest.mark.kernel
@pytest.mark.parametrize("dev", ["shared", "minimal"])
def test_ipc_is_its_own(world, dev):
    """All six kinds that there are, made inside and outside under one name and key."""
    name = f"nsbuild-isolation-{os.getpid()}-{dev}"
    world.apply(lab(probe=probing("ipc-make", name, stay=True) + f", dev: {dev}",
                    friend=f"join: probe, {probing('ipc-find', name)}, depends_on: [probe]",
                    sibling=f"{probing('ipc-find', name, stay=True)}, dev: {dev}, depends_on: [probe]"))
    made = answer(world, "probe")
    assert made == [kind for kind in IPC if kind in made] and len(made) >= 5  # a kernel may lack POSIX queues
    assert answer(world, "friend") == made
    assert answer(world, "sibling") == [] and ask(world, "ipc-find", name) == []
    other = f"{name}-outside"
    world.nsbuild("exec", "lab/probe", "--", "/usr/bin/python3", PROBE, "ipc-unmake", name)
    assert ask(world, "ipc-make", other) == made and ask(world, "ipc-find", other) == made
    try:
        for service in ("probe", "sibling"):
            assert ask(world, "ipc-find", other, service=service) == []
    finally:
        ask(world, "ipc-unmake", other)
    world.destroy()


@pytest.mark.parametrize("propagation", ["private", pytest.param("shared", marks=pytest.mark.kernel), "slave"])
def test_mounts_pass_neither_way(world, propagation):
    """Most machines have a shared root (mount_namespaces(7)), where every mount is everybody's unless one cuts oneself off."""
    world.sh(f"mkdir /run/early; mount -t tmpfs early /run/early; mount --make-rshared /; mount --make-r{propagation} /")
    world.apply(lab(one="command: [sleep, infinity]", two="command: [sleep, infinity]"))
    namesake = ["unshare", "--mount", "--propagation", "unchanged", "sleep", "4006"]  # who is not cut off
    process, control = world.background(namesake)
    eventually(lambda: titled(world, "sleep 4006"), "no control")
    world.sh("mount -t tmpfs outer /mnt && mkdir /run/early/later && mount -t tmpfs outer2 /run/early/later")
    seen = world.sh(f"grep -c outer /proc/{control}/mounts || :").out.strip()
    assert (seen == "2") == (propagation == "shared"), "the control does not see what it must"
    for service in ("one", "two"):
        assert "outer" not in inside(world, service, "cat /proc/self/mountinfo")
    before = world.sh("cat /proc/1/mountinfo").out, inside(world, "two", "cat /proc/self/mountinfo")
    inside(world, "one", "mount -t tmpfs inner /mnt && mount -t tmpfs inner2 /tmp && umount /run && touch /mnt/mine")
    assert "inner2" in inside(world, "one", "cat /proc/self/mountinfo")
    assert (world.sh("cat /proc/1/mountinfo").out, inside(world, "two", "cat /proc/self/mountinfo")) == before
    world.kill_in(control)
    process.wait()
    world.destroy()
    world.sh("umount /run/early/later /run/early /mnt; rmdir /run/early; mount --make-rprivate /; mount --make-shared /run/netns")


def held_by(world, pattern):
    """What the processes of that title have open, outside's view."""
    pids = titled(world, pattern)
    assert pids, pattern
    return [list(ask(world, "descriptors", pid).values()) for pid in pids]


# What a caller may have open: 7 and 300 a file, of which 7 is locked, and 9 a socket that listens. 300 lies above every number
# that an init moves its own descriptors to. Says what 9 is, and becomes the command.
CALLER = """
import fcntl, os, socket, sys
for number in (7, 300):
    os.dup2(os.open(sys.argv[1], os.O_RDWR), number)
fcntl.flock(7, fcntl.LOCK_EX)
listening = socket.create_server(("127.0.0.1", 0))
os.dup2(listening.fileno(), 9)
assert socket.socket(fileno=os.dup(9)).getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
print([os.readlink(f"/proc/self/fd/{number}") for number in (7, 9, 300)], flush=True)
os.execv(sys.argv[2], sys.argv[2:])
"""


@pytest.mark.kernel
def test_nothing_open_is_inherited(world):
    """Neither what who calls nsbuild has open, nor nsbuild's own locks and sockets."""
    treasure = world.file("treasure", "")
    process, control = world.background(["sh", "-c", f"exec 7<>{treasure} 8<>{treasure}; flock 7; exec sleep 4008"])
    eventually(lambda: titled(world, "sleep 4008"), "no control")
    assert held_by(world, "sleep 4008")[0].count(str(treasure)) == 2
    assert world.run(["flock", "--nonblock", treasure, "true"], check=False).code == 1
    world.kill_in(control)
    process.wait()
    source = world.topology(lab(probe=probing("descriptors", stay=True), friend="join: probe, command: [sleep, '4009']"))
    caller = ["/usr/bin/python3", "-c", CALLER, treasure]
    shown = json.loads(world.run([*caller, "/usr/bin/python3", PROBE, "descriptors"]).out.splitlines()[-1])
    assert shown["7"] == shown["300"] == str(treasure) and shown["9"].startswith("socket:"), "it does not hand them on"
    opened = ast.literal_eval(world.run([*caller, BINARY, "apply", source]).out.splitlines()[0])
    assert opened[1].startswith("socket:[") and opened[::2] == [str(treasure)] * 2
    mine = answer(world, "probe")
    assert list(mine) == ["0", "1", "2"] and mine["0"] == "/dev/null", mine
    assert mine["1"] == mine["2"] and mine["1"].startswith("pipe:")
    for title in ("nsbuild-init lab/probe *", "nsbuild-(init|joined) lab/friend *", "sleep 4009"):
        for held in held_by(world, title):
            assert not [path for path in held if path in opened or path.endswith("/lock")], held
    assert world.run(["flock", "--nonblock", treasure, "true"]).code == 0
    (lock,) = world.sh("find /run/nsbuild -name '*lock*' -path '*lab*'").out.split()
    assert world.run(["flock", "--nonblock", lock, "true"]).code == 0
    world.destroy()


@pytest.mark.kernel
def test_there_is_no_controlling_terminal(world):
    """Whoever types Ctrl-C, hangs up or goes away: the services of a lab have nothing to do with that terminal."""
    source = world.topology(lab(probe=probing("terminal", stay=True), friend=f"join: probe, {probing('terminal', stay=True)}"))
    typed = world.run(["script", "--quiet", "--return", "--command",
                       f"/usr/bin/python3 {PROBE} terminal; {BINARY} apply {source}; "
                       f"/usr/bin/python3 {PROBE} processes 2 >/dev/null", "/dev/null"])
    control = json.loads(next(line for line in typed.out.splitlines() if line.startswith("{")))
    assert control["tty"] != 0 and control["open"] == "open", "there was no terminal at all"
    for service in ("probe", "friend"):
        assert answer(world, service) == {"tty": 0, "open": "ENXIO", "leads": True}
    # The terminal is gone, and its end told nobody.
    assert [status(world, service)["starts"] for service in ("probe", "friend")] == [1, 1]
    for pid in titled(world, "nsbuild-(init|joined) lab/.*"):
        assert world.sh(f"sed 's/.*) //' /proc/{pid}/stat | cut -d' ' -f5").out.strip() == "0"
    world.destroy()


@pytest.mark.parametrize("user", ["nobody", "root"])
def test_a_forged_record_harms_nobody(world, user):
    """A process that looks like an init of the lab, with a record of a terabyte: its bytes are not even read."""
    source = lab(web="command: [sleep, '4018']",
                 forger=f"{probing('forge', 'nsbuild:lab/web@/run/nsbuild', 1 << 40, stay=True)}, user: {user}")
    world.apply(source)
    assert answer(world, "forger").startswith("/memfd:nsbuild:lab/web@")
    assert world.changes(source) == []
    assert status(world, "web")["state"] == "running" and "forger" in world.nsbuild("status").out
    world.destroy()
    assert world.leaks() == []


BOMB_USER = 64007  # nobody else's, for RLIMIT_NPROC counts a user's processes on the whole machine
BOMB_MAX = 60


def bomb(seconds=40):
    return f"{probing('bomb', seconds).replace(', oneshot: true', '')}, user: '{BOMB_USER}', rlimits: {{nproc: {BOMB_MAX}}}, " \
           "stop_timeout: 200ms"


def of_bomb(world):
    return len(world.sh(f"pgrep -U {BOMB_USER} || :").out.split())


@pytest.mark.parametrize("body", ["", "join: quiet, "])
def test_a_fork_bomb_dies_with_destroy(world, body):
    quiet = {"quiet": "command: [sleep, '4010']"}
    world.apply(lab(**quiet, bomb=body + bomb()))
    eventually(lambda: of_bomb(world) >= BOMB_MAX - 5, lambda: f"it did not go off: {of_bomb(world)}")
    world.nsbuild("stop", "lab/bomb")  # all that a command left behind ends before the service counts as stopped
    assert of_bomb(world) == 0
    world.nsbuild("start", "lab/bomb")
    eventually(lambda: of_bomb(world) >= BOMB_MAX - 5, lambda: f"it did not go off again: {of_bomb(world)}")
    world.apply(lab(**quiet))
    eventually(lambda: of_bomb(world) == 0, lambda: f"{of_bomb(world)} left")  # who takes too long is killed, round by round
    assert status(world, "quiet")["starts"] == 1
    world.apply(lab(**quiet, bomb=body + bomb()))
    eventually(lambda: of_bomb(world) >= BOMB_MAX - 5, lambda: f"it did not go off a third time: {of_bomb(world)}")
    world.destroy()
    assert of_bomb(world) == 0 and world.leaks() == []


@pytest.mark.kernel
def test_who_kills_init_kills_all(world):
    source = lab(web="command: 'setsid sleep 4011 & setsid setsid sleep 4012 & trap \"\" TERM HUP; sleep 4013', "
                     "stop_timeout: 200ms",
                 friend="join: web, command: 'setsid sleep 4014 & exec sleep 4015'", other="command: [sleep, '4016']")
    world.apply(source)
    visitor = world.popen([BINARY, "exec", "lab/web", "--", "sleep", "4017"])
    numbers = "sleep 40(1[1-5]|17)"
    eventually(lambda: len(titled(world, numbers)) == 6, lambda: str(titled(world, "sleep 40.*")))
    (init,) = titled(world, "nsbuild-init lab/web *")
    world.kill_in(init)
    eventually(lambda: not titled(world, numbers) and not titled(world, "nsbuild-.* lab/(web|friend) *"),
               lambda: world.sh("ps ax").out)
    assert visitor.wait() == 128 + 9
    assert len(titled(world, "sleep 4016")) == 1 and status(world, "other")["starts"] == 1
    assert [line for line in world.changes(source) if "other" in line] == []
    world.apply(source)
    eventually(lambda: len(titled(world, "sleep 401[1-5]")) == 5, "not mended")
    world.destroy()
    assert world.leaks() == []
