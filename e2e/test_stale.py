"""Records that are not true any more: of another boot, of a PID or a namespace's number that somebody else has by now."""
import json

import pytest

from lib import netstate, strace
from lib.topologies import PAIR, SERVICES
from lib.world import BINARY, eventually, sanitizer

TEXT = """
namespaces: {a: , b: }
links: [{endpoints: {host:up0: 172.16.0.1/30, a:eth0: 172.16.0.2/30}}]
services: {web: {namespace: a, command: [sleep, "1000"]}}
"""
STRANGERS = ("ip netns add lab.a; ip netns add lab.b; ip -n lab.a link add eth0 type veth peer name eth1;"
             "ip link add up0 type veth peer name up1; ip route add blackhole 10.99.0.0/16")


def boot_id(world):
    return world.sh("cat /proc/sys/kernel/random/boot_id").out.strip()


def record(world, **more):
    """A journal as a killed apply would have left it."""
    journal = {"topology": str(world.topology(TEXT)), "boot_id": boot_id(world), "applied": False, "runner": "",
               "namespaces": ["a", "b"], "host_devices": ["up0"], "host_routes": [], "undone": {}} | more
    world.sh("mkdir -m 700 -p /run/nsbuild; mkdir -m 700 /run/nsbuild/lab; : >/run/nsbuild/lab/lock")
    world.sh('umask 077; printf %s "$1" >/run/nsbuild/lab/journal.json', json.dumps(journal))


def sleeper(world, *argv):
    process, pid = world.background([*argv, "sleep", "1007"])
    eventually(lambda: world.sh("pgrep -fx 'sleep 1007' || :").out, "it does not run")
    return process, pid


@pytest.mark.parametrize("boot", ["this", "another"])
@pytest.mark.parametrize("note", ["", "apply", "destroy"], ids=["no lock", "killed apply", "killed destroy"])
@pytest.mark.parametrize("command", ["apply", "destroy", "gc"])
def test_strangers_at_all_names_of_a_record(world, command, note, boot):
    """And the PID of who was killed is a stranger's now."""
    record(world, **({"boot_id": "another"} if boot == "another" else {}))
    world.sh(STRANGERS)
    process, pid = sleeper(world)
    world.sh(f"echo '{pid} {note}' >/run/nsbuild/lab/lock" if note else ":")
    before = netstate.comparable(world)
    argv = {"apply": ["apply", world.dir / "lab.yaml"], "destroy": ["destroy", "lab"], "gc": ["gc"]}[command]
    ended = world.nsbuild(*argv, code=1 if command == "apply" else 0)
    assert netstate.difference(before, netstate.comparable(world)) == []
    assert process.poll() is None, "a stranger with that PID was signalled"
    if command == "apply":
        for name in ("lab.a", "lab.b", "up0"):
            assert name in ended.err
    else:
        assert world.sh("ls -A /run/nsbuild 2>/dev/null || :").out == "", "the record goes"
    world.kill_in(pid)
    process.communicate()
    world.sh("ip netns del lab.a; ip netns del lab.b; ip link del up0; ip route del blackhole 10.99.0.0/16; rm -rf /run/nsbuild")


STRANGERS_ROUTE = "ip route add blackhole 10.99.0.0/16 proto 110"  # as another run directory's lab has it, too


def blackholes(world):
    return world.sh("ip route show type blackhole").out.split()[1::4]


@pytest.mark.parametrize("command", ["destroy", "gc", "apply and destroy"])
def test_a_host_route_that_a_record_of_another_boot_names(world, command):
    """It names no device, so only a record tells whose it is: of this boot, that is."""
    record(world, boot_id="another", host_routes=["10.99.0.0/16"])
    world.sh(STRANGERS_ROUTE)
    if command == "gc":
        assert "no record in /run/nsbuild tells of it" in world.nsbuild("gc").out
    else:
        if command != "destroy":
            world.apply("namespaces: {a: }\n")
        world.destroy()
    assert blackholes(world) == ["10.99.0.0/16"]
    world.sh("ip route del blackhole 10.99.0.0/16")


BROKEN = "services: {broken: {namespace: a, command: [/no/such/command]}}\n"
CHANGE = PAIR.replace("namespaces:", "namespaces:\n  host: {routes: [blackhole 10.99.0.0/16]}", 1) + BROKEN


@pytest.mark.parametrize("has_record", [True, False])
def test_a_host_route_of_a_change_that_was_put_back(world, has_record):
    """The record says again what it said before, and what somebody makes then is his."""
    world.apply(PAIR)
    if not has_record:
        world.sh("rm /run/nsbuild/lab/journal.json")
    before = world.sh("cat /run/nsbuild/lab/journal.json", check=False).out
    assert "put back" in world.apply(CHANGE, code=1).err
    assert world.sh("cat /run/nsbuild/lab/journal.json", check=False).out == before
    world.sh(STRANGERS_ROUTE)
    world.destroy(code=None if has_record else 3)  # without a record it cannot be known, and is said
    assert blackholes(world) == ["10.99.0.0/16"]
    world.sh("ip route del blackhole 10.99.0.0/16; rmdir /run/nsbuild 2>/dev/null || :")


@pytest.mark.parametrize("calls, step", [("vfork", 1), ("rename", 2)], ids=["before the way back", "after it"])
@pytest.mark.parametrize("command", ["destroy", "apply", "a change that fails"])
def test_a_host_route_of_a_change_that_was_killed(world, command, calls, step):
    """The wider record stays until it is known what has become of it."""
    if calls == "vfork" and "tsan" in sanitizer():  # which calls another one for it
        pytest.skip(sanitizer())
    world.apply(PAIR)
    path = world.topology(CHANGE)
    assert strace.inject(world, calls, f"signal=KILL:when={step}", [BINARY, "apply", path]).code == 128 + 9
    assert "10.99.0.0/16" in world.sh("cat /run/nsbuild/lab/journal.json").out
    assert blackholes(world) == (["10.99.0.0/16"] if calls == "vfork" else [])
    if command == "apply":
        world.apply(PAIR)
        assert blackholes(world) == []
        world.sh(STRANGERS_ROUTE)
    elif command != "destroy":
        there = blackholes(world)
        world.apply(PAIR + BROKEN, code=1)
        assert blackholes(world) == there
    world.destroy()
    assert blackholes(world) == (["10.99.0.0/16"] if command == "apply" else [])
    world.sh("ip route del blackhole 10.99.0.0/16 2>/dev/null || :")


def test_a_run_whose_pid_somebody_else_has(world):
    world.apply(SERVICES)
    process, pid = sleeper(world)
    pidns = world.sh("stat -L -c %i /proc/self/ns/pid").out.strip()
    journal = json.loads(world.sh("cat /run/nsbuild/lab/journal.json").out)
    start = world.sh(f"sed 's/.*) //' /proc/{pid}/stat | cut -d' ' -f20").out.strip()

    def runner(text):
        world.sh('printf %s "$1" >/run/nsbuild/lab/journal.json', json.dumps(journal | {"runner": text}))
        return world.nsbuild("gc").out

    assert runner(f"{pid} {start} {pidns}") == "", "it runs"
    assert runner(f"{pid} 1 4026531836") == "", "a PID of another PID namespace tells nothing"
    assert "its nsbuild run was killed" in runner(f"{pid} 1 {pidns}")
    assert process.poll() is None
    world.kill_in(pid)
    process.communicate()
    assert world.leaks() == []


def test_the_number_of_a_namespace_is_dealt_out_again(world):
    """What a setting was in one that had the number before is nothing to the new one."""
    record(world, namespaces=["a"])
    world.sh('{ echo "$1"; for i in $(seq 4026531840 4026536000); do echo "a $i net.ipv4.ip_default_ttl = 33"; done; } '
             '>/run/nsbuild/lab/sysctls', boot_id(world))
    world.apply("namespaces: {a: {sysctls: {net.ipv4.ip_default_ttl: 77}}}\n")
    number = int(world.sh("stat -L -c %i /run/netns/lab.a").out)
    assert number < 4026536000, "the test has not foreseen that number"
    world.apply("namespaces: {a: }\n")
    assert world.in_ns("a", "sysctl", "-n", "net.ipv4.ip_default_ttl").out == "64\n"
    world.destroy()


FORGERY = """
import os, sys
for number, path in ((3, "record"), (4, "state")):
    fd = os.memfd_create(open(path + ".name").read(), os.MFD_ALLOW_SEALING)
    os.write(fd, open(path, "rb").read())
    os.dup2(fd, number + 50); os.close(fd)
import fcntl
for number in (3, 4):
    os.dup2(number + 50, number)
    fcntl.fcntl(number, 1033, 15 if number == 3 else 7)
print("ready", flush=True)
sys.stdin.read()
"""


def test_a_process_with_a_copy_of_a_services_record(world):
    """PID 1 of its namespaces, root's, with every byte of a record on the right number: and no init of ours."""
    import subprocess
    world.apply(SERVICES)
    init = world.sh("pgrep -x nsbuild-init").out.split()[0]
    name = world.sh(f"cd {world.dir}; cp /proc/{init}/fd/3 record; cp /proc/{init}/fd/4 state; for n in 3 4; do readlink "
                    f"/proc/{init}/fd/$n; done").out.split("\n")
    for file, link in (("record", name[0]), ("state", name[1])):
        (world.dir / f"{file}.name").write_text(link.removeprefix("/memfd:").removesuffix(" (deleted)"))
    world.destroy()
    forger = world.popen(["unshare", "--pid", "--fork", "--kill-child", "python3", "-c", FORGERY], stdin=subprocess.PIPE)
    assert forger.stdout.readline() == "ready\n"
    assert world.nsbuild("status").out == "" and world.residue() == []
    world.nsbuild("gc")
    world.nsbuild("destroy", "lab")
    assert forger.poll() is None
    world.apply(PAIR)
    world.destroy()
    forger.communicate("")
    assert forger.returncode == 0, "it was signalled"
