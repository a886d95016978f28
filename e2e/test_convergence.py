"""Apply again, change one thing, break one thing: exactly that is done, and nothing else."""
import re

import pytest

from lib import debian, netstate, strace
from lib.monitor import RouteMonitor
from lib.topologies import PAIR, RICH, SERVICES
from lib.world import BINARY, EXAMPLES, eventually, steps


def pids(world, lab="lab"):
    """The commands of a lab's services by name: their PIDs as the world sees them."""
    found = {}
    for line in world.sh("for p in /proc/[0-9]*; do echo ${p#/proc/} $(tr '\\0' ' ' < $p/cmdline); done 2>/dev/null",
                         check=False).out.splitlines():
        pid, _, command = line.partition(" ")
        found.setdefault(command.strip(), []).append(int(pid))
    return {"one": found.get("sleep 1001"), "two": found.get("sleep 1002")}


def test_the_second_apply_changes_nothing(world):
    world.apply(RICH)
    before = netstate.exact(world)
    again, lines = strace.trace(world, [BINARY, "apply", world.dir / "lab.yaml"])
    assert "no changes" in again.out + again.err
    assert strace.mutations(lines) == []
    assert netstate.difference(before, netstate.exact(world)) == []
    planned, lines = strace.trace(world, [BINARY, "plan", world.dir / "lab.yaml"])
    assert "no changes" in planned.out and strace.mutations(lines) == []
    world.destroy()


def test_the_counting_of_changes_counts(world):
    """The test above is worth something only if a first apply and a destroy do show mutations of every sort."""
    _, lines = strace.trace(world, [BINARY, "apply", world.topology(RICH)])
    seen = " ".join(strace.mutations(lines))
    for sort in ("netlink", "mount", "CLONE_NEWNET", "CLONE_NEWPID", "sys/net"):
        assert sort in seen, sort
    _, lines = strace.trace(world, [BINARY, "destroy", "lab"])
    assert "umount2" in " ".join(strace.mutations(lines))


# What is changed, the words that the plan says it with, and what may be different in the kernel afterwards.
CHANGES = {
    "mtu": ("mtu: 1400", "mtu: 1300", ["~", "1400", "1300"], r"lab.(router|server) .*eth[01]"),
    "address": ("client:eth0: [10.0.1.2/24, ", "client:eth0: [10.0.1.2/24, 10.0.1.77/24, ",
                ["+", "client", "10.0.1.77/24"],
                r"lab.client (addr.*eth0|route.*10\.0\.1\.)"),
    "route": ("198.51.100.0/24, type: blackhole", "198.51.100.0/24, type: prohibit",
              ["~", "198.51.100.0/24", "prohibit"], r"lab.router route.*198\.51\.100"),
    "multipath": ("weight: 3", "weight: 4", ["~", "203.0.113.0/24"], r"lab.router route.*203\.0\.113"),
    "metric": ("metric: 77", "metric: 78", ["192.0.2.0/24", "77", "78"], r"lab.router route.*192\.0\.2"),
    "sysctl": ("rp_filter: 0", "rp_filter: 2", ["~", "rp_filter", "2"], r"lab.router sysctls.*conf/all/rp_filter"),
    "rule": ("priority: 1000", "priority: 1001", ["10.0.1.0/24", "1000", "1001"], r"lab.router rule.*10\.0\.1\.0"),
    "mac": ('mac: "02:00:00:00:02:02"', 'mac: "02:00:00:00:02:03"', ["~", "02:00:00:00:02:03"], r"lab.server .*eth0"),
    "lo": ("10.255.0.9/32, ", "", ["-", "10.255.0.9/32"], r'lab.server (addr.*"lo"|route.*10\.255\.0\.9)'),
}


@pytest.mark.parametrize("what", CHANGES)
def test_one_change_is_one_step(world, what):
    old, new, words, touches = CHANGES[what]
    network = RICH[:RICH.index("services:")].replace("[10.255.0.3/32, ", "[10.255.0.3/32, 10.255.0.9/32, ")
    changed = network.replace(old, new)
    assert changed != network
    world.apply(network)
    before = netstate.exact(world)
    text = world.plan(changed).out
    replaced = words[0] not in "+~-"  # what identifies a thing cannot change: one goes, one comes
    assert len(world.changes(changed)) == (2 if replaced else 1), text
    for word in words:
        assert word in text, text
    world.apply(changed)
    touched = netstate.difference(before, netstate.exact(world))
    assert touched and all(re.match(touches, line) for line in touched), "\n".join(touched)
    assert world.changes(changed) == []
    world.apply(network)
    back = netstate.difference(before, netstate.exact(world))
    assert back == [], "\n".join(back)
    world.destroy()


def test_a_changed_network_restarts_no_service(world):
    world.apply(SERVICES)
    before = pids(world)
    world.apply(SERVICES.replace("10.0.0.1/24", "10.0.0.9/24") + "defaults: {link: {mtu: 1300}}\n")
    assert pids(world) == before and before["one"] and before["two"]
    assert world.addresses("a", "eth0") == ["10.0.0.9/24"]
    world.destroy()


def test_a_changed_command_restarts_only_its_service(world):
    world.apply(SERVICES)
    before = pids(world)
    changed = SERVICES.replace('one: {namespace: a, ', 'one: {namespace: a, environment: {NEW: value}, ')
    assert len(world.changes(changed)) == 1
    world.apply(changed)
    after = pids(world)
    assert after["two"] == before["two"] and after["one"] and after["one"] != before["one"]
    assert "NEW=value" in world.nsbuild("exec", "one", "--", "env").out.splitlines()
    world.destroy()


@pytest.mark.kernel
def test_a_removed_link_is_all_that_goes(world):
    world.apply(RICH)
    before = netstate.exact(world)
    changed = RICH.replace("  - endpoints: [client:eth1, server:eth1]\n    subnet: 10.0.3.0/30\n", "")
    steps = world.changes(changed)
    # What services read as /etc/hosts follows from the links.
    assert [step[:7] for step in steps if "hosts" not in step] == ["- veth "] and "client:eth1" in steps[-1], steps
    world.apply(changed)
    for line in netstate.difference(before, netstate.exact(world)):
        assert "10.0.3." in line or '"eth1"' in line or "/eth1/" in line or "fe80:" in line or "ff00::" in line, line
    assert world.changes(changed) == []
    world.destroy()


@pytest.mark.parametrize("damage, words", [
    ("ip -n lab.client link del eth1", ["+", "client:eth1"]),
    ("ip -n lab.client addr del 10.0.1.2/24 dev eth0", ["+", "10.0.1.2/24"]),
    ("ip -n lab.client link set eth0 down", ["~", "client:eth0"]),
    ("ip -n lab.client link set eth0 mtu 1499", ["~", "1499", "1500"]),
    ("ip -n lab.router route del blackhole 198.51.100.0/24", ["+", "198.51.100.0/24"]),
    ("ip -n lab.router rule del priority 1000", ["+", "rule", "1000"]),
    ("ip -n lab.@switch link set client.lan0 nomaster", ["~", "lan"]),
    ("ip -n lab.@switch link del lan", ["+", "lan"]),
    ("ip netns exec lab.router sh -c 'echo 0 > /proc/sys/net/ipv4/ip_forward'", ["~", "ip_forward"]),
    ("ip netns del lab.router", ["+", "router"]),
    ("umount -l /run/netns/lab.server; rm /run/netns/lab.server", ["+", "server"]),
], ids=["link", "address", "down", "mtu", "route", "rule", "port", "bridge", "sysctl", "namespace", "pin"])
def test_damage_is_seen_and_mended(world, damage, words):
    network = RICH[:RICH.index("services:")]
    world.apply(network)
    before = netstate.comparable(world)
    world.sh(damage)
    text = world.plan(network).out
    for word in words:
        assert word in text, text
    world.apply(network)
    assert world.changes(network) == []
    netstate.settles_at(world, before)
    world.destroy()


@pytest.mark.parametrize("victim", ["command", "init"])
def test_a_killed_service_is_started_again(world, victim):
    world.apply(SERVICES)
    before = pids(world)
    pid = before["one"][0]
    if victim == "init":
        pid = int(world.sh(f"awk '$1 == \"PPid:\" {{print $2}}' /proc/{pid}/status").out)
    world.kill_in(pid)
    plan = eventually(lambda: world.changes(SERVICES), "the plan does not show the killed service")
    assert len(plan) == 1 and "one" in plan[0]
    world.apply(SERVICES)
    after = pids(world)
    assert after["two"] == before["two"] and after["one"] and after["one"] != before["one"]
    assert world.changes(SERVICES) == []
    world.destroy()


def test_an_address_changes_and_no_route_is_lost(world):
    """Deleting the last address of a device flushes its routes, also those that it did not install."""
    world.apply(PAIR)
    world.ip("a", "route", "add", "10.8.0.0/16", "via", "10.0.0.2", "proto", "bird")
    world.ip("a", "route", "add", "10.7.0.0/16", "dev", "eth0", "proto", "ospf")
    monitor = RouteMonitor(world, "a")
    world.apply(PAIR.replace("10.0.0.1/24", "10.0.0.9/24"))
    assert world.addresses("a", "eth0") == ["10.0.0.9/24"]
    kept = {"10.9.0.0/16", "10.8.0.0/16", "10.7.0.0/16"}
    assert kept < {route["dst"] for route in world.ip_json("a", "route")}
    assert [line for line in monitor.deleted() if kept & set(line.split())] == []
    world.destroy()


@pytest.mark.kernel
def test_secondaries_survive_their_primary(world):
    both = PAIR.replace("a:eth0: 10.0.0.1/24", "a:eth0: [10.0.0.1/24, 10.0.0.11/24, 10.0.0.12/24]")
    world.apply(both)
    world.apply(both.replace("10.0.0.1/24, ", ""))
    assert world.addresses("a", "eth0") == ["10.0.0.11/24", "10.0.0.12/24"]
    assert world.ip_json("a", "route", "show", "10.9.0.0/16") != []
    world.destroy()


@pytest.mark.kernel
def test_a_sysctl_that_leaves_the_file_gets_its_old_value_back(world):
    def read():
        return world.in_ns("a", "sh", "-c", "cd /proc/sys/net/ipv4; cat conf/all/rp_filter tcp_ecn").out.split()
    plain = "namespaces: {a: }"
    world.apply(plain)
    before = read()
    world.apply("namespaces: {a: {sysctls: {net.ipv4.conf.all.rp_filter: 2, net.ipv4.tcp_ecn: 1}}}")
    world.apply("namespaces: {a: {sysctls: {net.ipv4.conf.all.rp_filter: 1, net.ipv4.tcp_ecn: 1}}}")
    assert read() == ["1", "1"]
    world.apply(plain)
    assert read() == before
    world.destroy()


def test_what_the_file_does_not_name_is_left_alone(world):
    world.apply(PAIR)
    world.ip("a", "link", "set", "eth0", "mtu", "1234", "txqueuelen", "77")
    assert world.changes(PAIR) == []
    world.destroy()


def test_appending_renumbers_nobody(world):
    text = "namespaces: {a: , b: , c: }\nnetworks: {lan: {subnet: 10.1.0.0/24, endpoints: [a, b]}}"
    world.apply(text)
    assert len(steps := world.changes(text.replace("[a, b]", "[a, b, c]"))) == 2, steps  # c's veth and its address
    assert all(step.startswith("+") for step in steps)
    world.apply(text.replace("[a, b]", "[a, b, c]"))
    assert [world.addresses(place, "eth0") for place in "abc"] == [["10.1.0.1/24"], ["10.1.0.2/24"], ["10.1.0.3/24"]]
    world.destroy()


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_example_is_settled_after_one_apply(world, path):
    """Not one example is planned anew right after it was applied (the daemons' own routes included)."""
    options = debian.options(path)
    world.apply(path, *options)
    assert steps(world.plan(path, *options).out) == []
    assert "no changes" in world.apply(path, *options).err
    world.destroy(path, *options)
    assert world.leaks() == []
