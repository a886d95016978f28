"""The harness itself: that its checks see what they are there to see."""
import json
import random
from collections import Counter

import pytest

from lib import facts, netstate, ptrace, sampling, verdict
from lib.command_sweep import CommandCase, CommandSweep
from lib.listed import accounts_for
from lib.sweep import Point, Sweep, blows
from lib.sweep_cases import Case
from lib.verdict import is_left_alone, judge, names_the_step, touched_by
from lib.world import BINARY, Ended, eventually, sanitizer


def test_a_world_is_its_own(world):
    assert world.sh("hostname; ls /run/netns; echo $$").out.splitlines()[0] == "world"
    assert [link["ifname"] for link in world.ip_json(None, "link")] == ["lo", "sentinel"]
    assert world.leaks() == []


def test_an_orphan_is_reaped(world):
    world.sh("(sleep 0.05 & exec true) & wait")
    eventually(lambda: not world.leaks(), lambda: str(world.leaks()))


@pytest.mark.parametrize("mess, undo, seen", [
    ("ip netns add forgotten", "ip netns del forgotten", "namespaces: left behind: forgotten"),
    ("ip link add name v0 type veth peer name v1", "ip link del v0", "links: left behind:"),
    ("ip addr add 10.9.9.9/32 dev lo", "ip addr del 10.9.9.9/32 dev lo", "addresses: left behind:"),
    ("ip route add blackhole 10.9.0.0/16", "ip route del blackhole 10.9.0.0/16", "routes: left behind:"),
    ("ip rule add from 10.9.0.0/16 table 9", "ip rule del from 10.9.0.0/16 table 9", "rules: left behind:"),
    ("mkdir /run/x; mount -t tmpfs x /run/x", "umount /run/x; rmdir /run/x", "mounts: left behind: / /run/x"),
    ("mkdir -p /run/nsbuild/lab; : > /run/nsbuild/lab/journal", "rm -r /run/nsbuild/lab", "/run/nsbuild/lab/journal f"),
    ("sleep 1000 >/dev/null 2>&1 & echo $! > /run/sleep", "kill $(cat /run/sleep); rm /run/sleep", "sleep 1000"),
    ("setsid unshare --pid --fork sleep 1001 >/dev/null 2>&1 & sleep 0.2", "kill -9 $(pidof sleep)", "sleep 1001"),
], ids=lambda value: value.split()[0] if " " in value else None)
def test_a_leak_is_seen(world, mess, undo, seen):
    world.sh(mess)
    assert any(seen in line for line in world.leaks()), world.leaks()
    world.sh(undo)
    eventually(lambda: not world.leaks(), lambda: str(world.leaks()))


def test_a_hanging_command_is_ended_and_shown(make_world):
    world = make_world()
    with pytest.raises(AssertionError, match="hung: sleep 1002(.|\n)*sleep 1002"):
        world.run(["sleep", "1002"], timeout=0.3)
    give_up(world)


def give_up(world):
    """Nobody asks what is left in a dead one."""
    world.kill()
    world.start, world.has_run_nsbuild = {}, False


def test_the_binary_runs(world):
    assert world.nsbuild("--version").out.startswith("nsbuild "), BINARY


def line(key, **entry):
    return f"{key}: + {json.dumps(entry)}"


PIN = "world mounts: + net: /run/netns/lab.a rw shared nsfs nsfs rw"
HALF = ({"lab.a rule": ["local"]}, {"lab.a rule": ["local"], "service lab/web": ["in lab.a"]})
WHOLE = ({"lab.a rule": []}, {"lab.a rule": ["local"]})
LAID = ({}, {"world files": ["/run/nsbuild/lab/overlay/web/0 l"]})
FILE_ALONE = ({"world namespaces": ["lab.a"], "lab.a rule": ["local"]}, {"world namespaces": ["lab.a"]})


@pytest.mark.parametrize("text, line, state, does", [
    ("service web: is still there", "world mounts: + / /left rw tmpfs tmpfs rw", HALF, False),
    ("service web: is still there", "world files: + /run/nsbuild/lab/other f", HALF, False),
    ("service web: is still there", "world fds: + socket", HALF, False),
    ("service web: is still there", "world files: + /srv/.up.nsbuild-work/holder l", HALF, False),
    ("service web: is still there", "world files: + /srv/.up.nsbuild-work/holder l", LAID, True),
    ("service db: is still there", "world files: + /srv/.up.nsbuild-work/holder l", LAID, False),
    ("the lab's record: remove /srv/.up.nsbuild-work: EBUSY", "world files: + /srv/.up.nsbuild-work d", LAID, True),
    ("the lab's record: remove /srv/.up.nsbuild-work: EBUSY", "world files: + /run/nsbuild/lab/overlay/web/0 l", LAID, True),
    ("the lab's record: remove /srv/.up.nsbuild-work: EBUSY", "world files: + /run/nsbuild/lab/other f", LAID, False),
    ("service web: is still there", "service lab/web: only after", HALF, True),
    ("service web: is still there", "service lab/web2: only after", HALF, False),
    ("service web: command a -> b", "service lab/web: + hosts 10.0.0.1 a", HALF, False),
    ("hosts a: changed", "service lab/web: + hosts 10.0.0.1 a", HALF, True),
    ("hosts b: changed", "service lab/web: + hosts 10.0.0.1 a", HALF, False),
    ("hosts a: is still there", "world files: + /run/nsbuild/lab/hosts/a f", HALF, True),
    ("hosts a: is still there", "world files: + /run/nsbuild/lab/hosts/a.web f", HALF, False),
    ("namespace a: is still there", PIN, HALF, True),
    ("namespace b: is still there", PIN, HALF, False),
    ("namespace a: held by a mount at /run/netns/lab.a", PIN, HALF, True),
    ("namespace a: is still there", line("lab.a -d link", ifname="eth7"), HALF, False),
    ("namespace a: is still there", line("lab.a -d link", ifname="eth7"), WHOLE, True),
    ("namespace a: is missing", "lab.a rule: - local", FILE_ALONE, True),
    ("namespace b: is missing", "lab.a rule: - local", FILE_ALONE, False),
    ("namespace a: lo_up no -> yes", line("lab.a -d link", ifname="lo"), HALF, True),
    ("route a 10.9.0.0/16: is missing", line("lab.a -d link", ifname="eth7"), HALF, False),
    ("route a 10.9.0.0/16: is missing", line("lab.a route show table all", dst="10.9.0.0/16", dev="eth0"), HALF, True),
    ("route a 10.9.0.0/16: is missing", line("lab.a route show table all", dst="10.8.0.0/16", dev="eth0"), HALF, False),
    ("route a 10.9.0.0/16: is missing", line("lab.b route show table all", dst="10.9.0.0/16", dev="eth0"), HALF, False),
    ("route a 10.9.0.0/16 table 100: x", line("lab.a route show table all", dst="10.9.0.0/16", table="100"), HALF, True),
    ("route a 10.9.0.0/16 metric 7: x", line("lab.a route show table all", dst="10.9.0.0/16"), HALF, False),
    ("rule a inet priority 9 from 10.0.0.0/24 lookup 100: is missing",
     line("lab.a rule", priority=9, src="10.0.0.0", srclen=24, table="100"), HALF, True),
    ("rule a inet priority 9 from 10.0.0.0/24 lookup 100: is missing",
     line("lab.a rule", priority=9, src="10.0.0.0", srclen=24, table="101"), HALF, False),
    ("address a:eth0 10.0.0.1/24: is missing", line("lab.a addr", ifname="eth0", local="10.0.0.1"), HALF, True),
    ("address a:eth0 10.0.0.1/24: is missing", line("lab.a addr", ifname="eth0", local="10.0.0.2"), HALF, False),
    ("address a:eth0 10.0.0.1/24: is missing", line("lab.a -d link", ifname="eth0"), HALF, False),
    ("veth a:eth0 -- b:eth1: mtu 1 -> 2", line("lab.b -d link", ifname="eth1"), HALF, True),
    ("veth a:eth0 -- b:eth1: mtu 1 -> 2", line("lab.b -d link", ifname="eth0"), HALF, False),
    ("veth a:eth0 -- b:eth1: mtu 1 -> 2", "lab.a sysctls: + ipv6/conf/eth0/mtu:1500", HALF, True),
    ("sysctl a net.ipv4.tcp_ecn: 1 -> 2", "lab.a sysctls: + ipv4/tcp_ecn:1", HALF, True),
    ("sysctl a net.ipv4.tcp_ecn: 1 -> 2", "lab.a sysctls: + ipv4/tcp_ecn_fallback:1", HALF, False),
    ("namespace a: held by pid 7 (nsbuild-init lab/web)", "service lab/web: only after", HALF, True),
    ("namespace b: held by pid 7 (nsbuild-init lab/web)", "service lab/web: only after", HALF, False),
    ("namespace a: held by pid 7 (sleep 1)", "service lab/web: only after", HALF, False),
    ("the lab's record: remove /run/nsbuild/.nsbuild-removes.lab: busy (EBUSY)", "world files: + /run/nsbuild/.nsbuild-removes.lab/lock f", HALF, True),
    ("the lab's record: remove /run/nsbuild/.nsbuild-removes.lab: busy (EBUSY)", "world files: + /run/nsbuild/.nsbuild-removes.lab2/lock f", HALF, False),
    ("the lab's record: unlink /run/netns/lab.a: busy (EBUSY)", "world files: + /run/netns/lab.a f", HALF, True),
    ("the lab's record: unlink /run/netns/lab.a: busy (EBUSY)", "world files: + /run/netns/lab.a2 f", HALF, False),
])
def test_a_line_accounts_for_what_it_names(text, line, state, does):
    assert accounts_for(text, line, state) == does


@pytest.mark.parametrize("text, error, words, does", [
    ("error: service web: mount /x: Permission denied (EPERM) (lab.yaml:3)", "EPERM", "/x", True),
    ("error: rename /run/nsbuild/lab/journal.json.new: No space left on device (ENOSPC)", "ENOSPC+", "", True),
    ("error: rename /run/nsbuild/lab/journal.json.new: No space left on device (ENOSPC)", "EPERM", "", False),
    ("error: No space left on device (ENOSPC)", "ENOSPC", "", False),
    ("error: ENOSPC", "ENOSPC", "", False),
    ("error: lab lab: failed; everything was put back as it was", "ENOSPC", "", False),
    ("error: veth a:x -- b:y: No buffer space available (ENOBUFS)", "ENOBUFS", "netlink 16", True),
    ("error: address a:x 10.0.0.1/24: No buffer space available (ENOBUFS)", "ENOBUFS", "netlink 16", False),
    ("error: enter the network namespace @switch: Cannot allocate memory (ENOMEM)", "ENOMEM", "/run/netns/lab.@switch", True),
    ("error: enter the network namespace: Cannot allocate memory (ENOMEM)", "ENOMEM", "/run/netns/lab.a", False),
    ("error: unmount /run/netns/lab.b: Device or resource busy (EBUSY)", "EBUSY", "/run/netns/lab.a", False),
])
def test_an_error_names_its_step(text, error, words, does):
    assert names_the_step("nsbuild: " + text, error, words) == does


@pytest.mark.parametrize("text, does", [
    ("error: service web: mount /x: Permission denied (EPERM) (lab.yaml:3)", True),
    ("error: while rolling back: service web: start init: Too many open files (EMFILE)", True),
    ("error: service web2: mount /x: Permission denied (EPERM)", False),
    ("error: hosts web: write /x: Permission denied (EPERM)", False),
    ("error: mount /x: Permission denied (EPERM)", False),
])
def test_an_error_of_an_init_names_its_service(text, does):
    assert names_the_step("nsbuild: " + text, "EPERM", "/x", Point("0.1.web.1", "mount", 1, "/x").service) == does


def test_whose_call_a_point_is():
    assert [Point(path, "mount", 1, "").service for path in ("0", "0.1", "0.1.web", "0.1.web.1", "0.1.web.side", "0.1.web.side.1")] \
        == ["", "", "web", "web", "side", "side"]


def test_what_is_there_twice_differs_from_what_is_there_once():
    once, twice = {"service lab/web": ["runs x"]}, {"service lab/web": ["runs x", "runs x"]}
    assert netstate.difference(once, twice) == ["service lab/web: + runs x"]
    assert netstate.difference(twice, once) == ["service lab/web: - runs x"]
    assert netstate.difference(twice, twice) == []


def test_who_is_started_anew_without_need_is_a_defect(world):
    first = "services: {a: {x: 1}, b: {join: a}, c: {x: 2}, d: {x: 3}, once: {oneshot: true}, e: {join: c}}"
    second = "services: {a: {x: 9}, b: {join: a}, c: {x: 2}, once: {oneshot: true}, e: {join: c}, new: {x: 1}}"
    assert touched_by(first, second) == {"a", "b", "d", "once"} and touched_by(None, first) == set()
    before = {"service lab/c": ["pid 1 sleep", "pid 2 init"], "service lab/a": ["pid 3 sleep"]}
    with pytest.raises(AssertionError, match="without need: {'c'"):
        is_left_alone(world, before, {"a"})
    said = Ended([], 1, "", "nsbuild: warning: service c: was started anew\nnsbuild: error: service a: x (EPERM)\n")
    with pytest.raises(AssertionError, match="without need: {'c'"):
        judge(world, said, "EPERM", facts.same(world), {}, touched={"a"})


def test_every_item_is_of_one_shard_whatever_the_lists_are_like():
    """Each shard lists the points itself; where services end side by side, in another order, or not quite the same ones."""
    def listed(shard):
        """As a run of its own finds them: shuffled, and without one that nobody else misses."""
        points = [Point("0.1", "mount", number, f"/{words}", alike) for words in range(60) for number, alike in [(words + shard, 1), (99, 2)]]
        random.Random(shard).shuffle(points)
        del points[shard]
        return [(point, *blow) for point in points for blow in blows(point)]

    def name(task):
        return f"{task[0].name} {task[1]} {task[2]}"

    shards = 8
    lists = [listed(shard) for shard in range(shards)]
    done = Counter(name(task) for shard, tasks in enumerate(lists) for task in sampling.of_shard(tasks, shard, name, shards))
    in_all = set.intersection(*({name(task) for task in tasks} for tasks in lists))
    assert set(done.values()) == {1} and in_all <= set(done) and len(in_all) > len(lists[0]) * 0.8
    assert {name(task) for task in sampling.sample(lists[0], 10, "x", name=name)} == \
        {name(task) for task in sampling.sample(lists[0][::-1], 10, "x", name=name)}


TINY = "namespaces: {a: }\nservices: {web: {namespace: a, command: [sleep, '1001']}}\n"


class Half:
    """A world whose first command of a name does half of it: the real one, and then a mess is there; or nothing at all."""

    def __init__(self, world, command, mess):
        self.world, self.command, self.mess = world, command, mess

    def __getattr__(self, name):
        return getattr(self.world, name)

    def nsbuild(self, *argv, **options):
        if argv[0] != self.command:
            return self.world.nsbuild(*argv, **options)
        self.command = None
        if self.mess:
            self.world.nsbuild(*argv, **options)
            self.world.sh(self.mess)
        return None


def judge_half(sweep, point, then, mess, monkeypatch):
    """A kill at the point, and then what is to put it right does it by halves: the judge has to say so."""
    if not sweep.hit(point, "KILL"):
        pytest.fail(f"not met: {point}")
    world = sweep.world
    sweep.world = Half(world, then, mess)
    with monkeypatch.context() as shorter, pytest.raises(AssertionError) as found:
        shorter.setattr(verdict, "SETTLING", 0.3)
        sweep.judge(point, "KILL", then)
    give_up(world)
    return str(found.value)


@pytest.fixture
def can_trace():
    if ptrace.missing() or sanitizer():
        pytest.skip(ptrace.missing() or sanitizer())


@pytest.mark.parametrize("mess, seen", [
    ("", "service lab/web: only after"),
    ("ip netns add lab.b", "lab.b addr: only after"),
    ("mkdir -p /run/nsbuild/lab/log; : > /run/nsbuild/lab/log/web.log", "world files: + /run/nsbuild/lab/log/web.log f"),
    ("mkdir /run/lab/upper/work", "world files: + /run/lab/upper/work d"),
    ("mount -t tmpfs left /run/lab/upper", "world mounts: + / /run/lab/upper rw"),
    ("ip rule add from 10.9.0.0/16 table 9", "- rule: + "),
    ("sleep 1003 >/dev/null 2>&1 &", "world processes: + "),
])
def test_what_only_a_second_destroy_removes_is_a_defect(make_world, can_trace, monkeypatch, mess, seen):
    """The sweep destroys once to put things right and once to begin anew, and looks in between."""
    sweep = Sweep(make_world, Case("tiny", None, TINY))
    last = [point for point in sweep.points() if point.is_main][-1]
    assert seen in judge_half(sweep, last, "destroy", mess, monkeypatch)


@pytest.mark.parametrize("then", ["gc", "destroy"])
def test_what_is_left_of_a_killed_gc_is_a_defect(make_world, can_trace, monkeypatch, then):
    sweep = CommandSweep(make_world, CommandCase("gc", TINY, ["gc"], killed=True))
    first = next(point for point in sweep.points() if point.call == "umount2")
    assert "world namespaces: + lab.a" in judge_half(sweep, first, then, "", monkeypatch)
