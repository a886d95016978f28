"""What exists of a lab: `status --residue` lists what an independent reader sees, no more and no less."""
import json
import re
import subprocess

import pytest

from lib import inventory, strace
from lib.topologies import HOST, PAIR, RICH, SERVICES
from lib.world import BINARY, eventually, sanitizer

def named(things, kind):
    return sorted(thing["name"] for thing in things if thing["kind"] == kind)


def came(world, section):
    """What the independent reader sees more than at the world's first moment."""
    now = inventory.take(world)
    return [line.removeprefix(f"{section}: left behind: ") for line in inventory.difference(world.start, now)
            if line.startswith(f"{section}: left behind: ")]


@pytest.mark.parametrize("topology", [PAIR, SERVICES, RICH, HOST], ids=["pair", "services", "rich", "host"])
def test_it_is_what_an_independent_reader_sees(world, topology):
    world.apply(topology)
    things = world.residue("lab")
    assert {thing["lab"] for thing in things} == {"lab"}
    assert named(things, "namespace") == [f"/run/netns/{name}" for name in world.namespaces()]
    assert named(things, "file") == sorted(line[:-2] for line in came(world, "files")
                                           if line.startswith("/run/nsbuild/"))
    pids = sorted(int(re.match(r"pid (\d+) \(", name).group(1)) for name in named(things, "process"))
    assert pids == sorted(int(line.split()[0]) for line in came(world, "processes"))
    devices = re.findall(r'"ifname": "([^"]+)"', "\n".join(came(world, "links")))
    assert named(things, "device") == sorted(devices)
    routes = [json.loads(line) for line in came(world, "routes")]  # the kernel makes more: with addresses
    assert named(things, "route") == sorted(f"host {route['dst']}" for route in routes if route["protocol"] == "110")
    assert came(world, "rules") == [], "nsbuild makes none there"
    links = [json.loads(line) for line in came(world, "addresses")]
    assert named(things, "address") == sorted(f"host:{link['ifname']} {a['local']}/{a['prefixlen']}" for link in links
                                              for a in link["addr_info"] if not a["local"].startswith("fe80:"))
    # What is mounted is the pins, twice where /run/netns is mounted on itself; and only who keeps one elsewhere is named.
    mounts = {line.split()[1] for line in came(world, "mounts")}
    assert mounts == set(named(things, "namespace")) and named(things, "mount") == []
    world.sh("touch /run/kept; mount --bind /run/netns/$(ls /run/netns | head -n 1) /run/kept")
    now = world.residue("lab")
    assert named(now, "mount") == ["/run/kept"] and [thing for thing in now if thing["kind"] != "mount"] == things
    world.sh("umount /run/kept; rm /run/kept")
    assert world.residue() == things
    assert world.nsbuild("status", "--residue").out.startswith("lab lab\n")
    world.destroy()
    assert world.residue() == world.residue("lab") == []


def test_there_are_no_cgroups(world):
    """What nsbuild makes none of cannot be left behind: services stay in the cgroup of who applied."""
    world.apply(RICH)
    pids = [re.match(r"pid (\d+) \(", name).group(1) for name in named(world.residue(), "process")]
    own = world.sh("cat /proc/self/cgroup").out
    assert len(pids) > 3
    for pid in pids:
        assert world.sh(f"cat /proc/{pid}/cgroup").out == own
    world.destroy()


def test_the_text_and_its_words(world):
    assert world.nsbuild("status", "--residue", "lab").err == "nsbuild: nothing of lab lab exists\n"
    assert world.nsbuild("status", "--residue", "../etc", code=2).err.startswith("nsbuild: error: \"../etc\" is not")
    world.apply(HOST)
    text = world.nsbuild("status", "--residue").out
    assert re.search(r"^  device +up0$", text, re.M) and re.search(r"^  process +pid \d+ \(sleep 1001\) +service web$",
                                                                   text, re.M), text
    world.destroy()


@pytest.mark.kernel
@pytest.mark.parametrize("way, script, words", [
    ("process", "", "held by pid {pid} (sleep 1004)"),
    ("descriptor", "exec 9</run/netns/lab.a; ", "held by pid {pid} (sleep 1004) with a descriptor"),
    ("mount", "touch /run/kept; mount --bind /run/netns/lab.a /run/kept; ", "held by a mount at /run/kept"),
])
def test_what_keeps_a_namespace_alive_is_named(world, way, script, words):
    world.apply(PAIR)
    argv = ["ip", "netns", "exec", "lab.a"] if way == "process" else []
    holder, pid = world.background([*argv, "sh", "-c", script + "echo inside; exec sleep 1004"])
    assert holder.stdout.readline() == "inside\n"
    ended = world.destroy(code=3)
    assert f"namespace a: {words.format(pid=pid)}\n" in ended.err and "namespace b" not in ended.err, ended
    things = world.residue("lab")
    assert named(things, "namespace")[0].startswith("net:["), things
    kind = "mount" if way == "mount" else "process"
    assert any(str(pid) in name or name == "/run/kept" for name in named(things, kind)), things
    assert world.residue() == things
    for again in (world.nsbuild("gc", code=3), world.destroy(code=3)):
        assert f"a namespace of an earlier destroy: {words.format(pid=pid)}\n" in again.err, again
    assert world.residue() == things and "lab" not in world.sh("ls -A /run/nsbuild 2>/dev/null || :").out.split()
    world.kill_in(pid)
    holder.communicate()
    if way == "mount":
        world.sh("umount /run/kept; rm /run/kept")
    eventually(lambda: world.residue() == [], lambda: str(world.residue()))


def test_what_a_killed_destroy_left_in_somebodys_hands_is_named(world):
    """It had no pin any more when the next destroy began, which knows of it by the lab's record only."""
    if "tsan" in sanitizer():
        pytest.skip(sanitizer())  # its own calls are counted, too
    world.apply(PAIR)
    holders = {}
    for name in "ab":
        holder, pid = world.background(["sh", "-c", f"exec 9</run/netns/lab.{name}; echo open; exec sleep 1004"])
        assert holder.stdout.readline() == "open\n"
        holders[name] = holder, pid
    assert strace.inject(world, "unlink", "signal=KILL:when=2", [BINARY, "destroy", "lab"]).code == 128 + 9
    (first,) = set("ab") - {name.removeprefix("lab.") for name in world.namespaces()}
    holder, pid = holders.pop("b" if first == "a" else "a")
    world.kill_in(pid)
    holder.communicate()
    ended = world.destroy(code=3)
    holder, pid = holders[first]
    assert f"a namespace of an earlier destroy: held by pid {pid} (sleep 1004) with a descriptor\n" in ended.err, ended
    world.kill_in(pid)
    holder.communicate()
    assert world.residue() == []


@pytest.mark.kernel
def test_what_holds_a_namespace_unseen_is_told(world):
    """A mount in another mount namespace, as a container's: of that is only seen that there is something."""
    world.apply(PAIR)
    keep = "touch $0/kept && mount --bind /run/netns/lab.a $0/kept && echo inside; exec sleep 1004"
    holder, pid = world.background(["unshare", "--mount", "sh", "-c", keep, world.dir])
    assert holder.stdout.readline() == "inside\n"
    ended = world.destroy(code=3)
    assert re.search(r"namespace net:\[\d+\]: namespace a, which somebody has open or mounted who cannot be seen", ended.err)
    assert "namespace b" not in ended.err
    world.kill_in(pid)
    holder.communicate()
    assert world.residue() == []


def test_a_holder_of_one_namespace_who_is_in_another_is_named_for_both(world):
    world.apply(PAIR)
    holder, pid = world.background(["ip", "netns", "exec", "lab.b", "sh", "-c",
                                    "exec 9</run/netns/lab.a; echo inside; exec sleep 1004"])
    assert holder.stdout.readline() == "inside\n"
    ended = world.destroy(code=3)
    assert f"namespace b: held by pid {pid} (sleep 1004)\n" in ended.err, ended
    assert f"namespace a: held by pid {pid} (sleep 1004) with a descriptor\n" in ended.err, ended
    world.kill_in(pid)
    holder.communicate()


TALKERS = """
namespaces: {a: , b: }
links:
  - endpoints: {a:eth0: 10.0.0.1/24, b:eth0: 10.0.0.2/24}
services:
  listener: {namespace: b, command: "exec python3 -m http.server 8080", ready: {tcp: 8080}}
  talker:
    namespace: a
    depends_on: [listener]
    command: exec python3 -c "$SAY"
    environment:
      SAY: |
        import socket, time
        peer = socket.create_connection(("10.0.0.2", 8080))
        while True:
            peer.send(b"not a request ")
            time.sleep(0.1)
"""


@pytest.mark.kernel
def test_a_connection_without_a_process_does_not_keep_its_namespace(world):
    """What is not acknowledged is repeated for some 100 seconds, and as long the namespace and its devices would stay
    in the kernel, where nobody finds them. A pair that is not the lab's shows when they have gone."""
    world.apply(TALKERS)
    world.ip(None, "link", "add", "shows-a", "type", "veth", "peer", "name", "shown", "netns", "lab.a")
    eventually(lambda: "ESTAB" in world.in_ns("a", "ss", "-tan").out, "there is no connection")
    world.ip("b", "link", "set", "eth0", "down")
    eventually(lambda: unacknowledged(world, "a"), "all is acknowledged")
    world.destroy()
    eventually(lambda: "shows-a" not in world.ip(None, "link").out, "the kernel keeps the namespace", timeout=45)


# A connection to itself whose loopback is down when it ends.
ORPHAN = """
import socket, subprocess
listener = socket.create_server(("127.0.0.1", 80))
peer = socket.create_connection(("127.0.0.1", 80))
subprocess.run(["ip", "link", "set", "lo", "down"], check=True)
peer.send(b"last words")
"""


def test_a_namespace_that_cannot_be_removed_stays_as_it_was(world):
    """Although there are connections without a process, on which its removal would not have waited."""
    world.sh("ip netns add stranger && ip -n stranger link set lo up")
    world.run(["ip", "netns", "exec", "stranger", "python3", "-c", ORPHAN])
    assert not re.search("orphan 0", world.sh("cat /proc/net/sockstat").out)
    world.apply("namespaces: {a: , old: }\n")
    ended = strace.inject(world, "umount2", "error=EPERM:when=1",
                          [BINARY, "apply", world.topology("namespaces: {a: }\n")])
    assert ended.code == 1 and "unmount /run/netns/lab.old: " in ended.err, ended
    assert world.in_ns("old", "sysctl", "-n", "net.ipv4.tcp_orphan_retries").out == "0\n"
    world.destroy()
    world.sh("echo 1 | ip netns exec stranger tee /proc/sys/net/ipv4/tcp_orphan_retries; ip netns del stranger")


def unacknowledged(world, place):
    """Whether a connection waits for the other side (ss(8): Send-Q of an established one)."""
    rows = [line.split() for line in world.in_ns(place, "ss", "-Htan").out.splitlines()]
    return any(state == "ESTAB" and int(sent) > 0 for state, _, sent, *_ in rows)


def test_a_namespace_of_somebody_with_the_number_of_ours(world):
    """Numbers of namespaces are dealt out again at once: who is found in one is asked for its mark."""
    text = "namespaces: {%s}\n" % ", ".join(f"n{i}: " for i in range(60))
    path = world.topology(text)
    world.sh('while [ ! -e /run/stop ]; do unshare --net sleep 0.01; done >/dev/null 2>&1 & echo $! >/run/stranger')
    try:
        for _ in range(4):
            world.apply(path)
            assert "held" not in world.destroy().err
    finally:
        world.sh("touch /run/stop; while kill -0 $(cat /run/stranger) 2>/dev/null; do sleep 0.02; done; "
                 "rm /run/stop /run/stranger")
    assert world.residue() == []


def test_a_containers_lab_is_not_counted(world):
    """Of the same name and path of a run directory, but in a /run of its own."""
    path = world.topology(PAIR)
    script = f'mount -t tmpfs t /run; "$0" apply "$1" && ip netns exec lab.a sh -c "echo up; read -r _"; "$0" destroy lab'
    container = world.popen(["unshare", "-n", "-m", "bash", "-c", script, BINARY, path], stdin=subprocess.PIPE)
    assert container.stdout.readline() == "up\n"
    assert world.residue() == []
    assert "left alone" not in world.nsbuild("gc").out
    _, err = container.communicate("\n")
    assert container.returncode == 0, err
