"""kill -9, a signal or an error at every changing system call of nsbuild and of what it starts: see lib/sweep.py.

NSBUILD_E2E_COMPLETE=1 strikes at all of them (scripts/nightly); else a sample, by NSBUILD_E2E_SEED.
"""
import re
from collections import Counter

import pytest

from lib import facts, ptrace, sampling, strace
from lib.calls import CHANGING, HARMLESS, TAKING
from lib.command_sweep import CommandCase, CommandSweep
from lib.sweep import STRIKE, Sweep, blows
from lib.sweep_cases import CASES, COMMANDED
from lib.verdict import changed, restarted, settles
from lib.world import BINARY, sanitizer

SAMPLE = 10  # blows at each case
UNMET = 0.02  # of the blows, at most and but for one: where processes run side by side, their calls may come otherwise


@pytest.fixture(autouse=True)
def can_trace():
    if ptrace.missing() or sanitizer():
        pytest.skip(ptrace.missing() or sanitizer())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("shard", range(sampling.SHARDS))
def test_struck_at_every_system_call(make_world, case, shard):
    strike_at(Sweep(make_world, case), case, shard)


# Where something is opened for reading: in an apply that changes a lab, in one that starts services, in a destroy.
READERS = [case for case in CASES if case.name in ("network-change", "services", "destroy")]


@pytest.mark.parametrize("case", READERS, ids=lambda case: case.name)
@pytest.mark.parametrize("shard", range(sampling.SHARDS))
def test_what_cannot_be_read_is_not_taken_for_absent(make_world, case, shard):
    """Pins and records that cannot be opened just then: only ENOENT says that there is none."""
    strike_at(Sweep(make_world, case), case, shard, reads="read")


# Where the kernel is asked what there is of processes, mounts and devices: all commands do that.
LOOKERS = [case for case in CASES if case.name in ("change", "network-change", "destroy", "destroy-services")]


@pytest.mark.parametrize("case", LOOKERS, ids=lambda case: case.name)
@pytest.mark.parametrize("shard", range(sampling.SHARDS))
def test_what_cannot_be_looked_at_is_not_taken_for_gone(make_world, case, shard):
    strike_at(Sweep(make_world, case), case, shard, reads="look")


COMMANDS = [
    CommandCase("restart", COMMANDED, ["restart", "lab/web"]),
    CommandCase("stop", COMMANDED, ["stop", "lab/web"]),
    CommandCase("start", COMMANDED, ["start", "lab/web"], first=[["stop", "lab/web"]]),
    CommandCase("gc", COMMANDED, ["gc"], killed=True),
]


@pytest.mark.parametrize("case", COMMANDS, ids=lambda case: case.name)
@pytest.mark.parametrize("shard", range(sampling.SHARDS))
def test_commands_are_killed_at_every_system_call(make_world, case, shard):
    strike_at(CommandSweep(make_world, case), case, shard, blows=case.blows)


def strike_at(sweep, case, shard, reads="", blows=blows):
    points = sweep.points(reads)
    what_for = f"{reads}s {case.name}" if reads else case.name
    tasks = [(point, what, then) for point in points for what, then in blows(point)]
    chosen = sampling.sample(tasks, SAMPLE, what_for, shard, lambda task: f"{task[0].name} {task[1]} {task[2]}")
    for task in chosen:
        sweep.blow(*task)
    sweep.close()
    sampling.record(f"sweep {what_for}", {"points": len(points) if shard == 0 else 0, "blows": len(tasks) if shard == 0 else 0, **sweep.tally}, sweep.defects + sweep.unmet)
    assert not sweep.defects, f"seed {sampling.seed()}:\n" + "\n\n".join(sweep.defects)
    assert tasks and sum(sweep.tally.values()) == len(chosen)  # of a few blows a shard may have none
    assert len(sweep.unmet) <= 1 + UNMET * len(chosen), "\n".join(sweep.unmet)


# What a complete sweep has found: of the points that are about this the first.
FOUND = {
    "links, its lock": ("0", "openat2", "/run/nsbuild/lab/lock", "EMFILE", ""),
    "links, a draft": ("0", "write", "/run/nsbuild/lab/journal.json.new", "ENOSPC", ""),
    "links, the way out of a namespace": ("0", "setns", "net", "ENOMEM", ""),
    "services, an init's word": ("0.1.web", "sendmsg", "socket", "ENOMEM", ""),
    "network-change, a new namespace": ("0", "unshare", "", "ENOSPC", ""),
    "destroy, its directory": ("0", "rmdir", "/run/nsbuild/.*", "EBUSY+", ""),
    "services": ("0.1", "umount2", "/run/netns", "EPERM", ""),
    "network-change": ("0", "sendto", "netlink 33", "ENOBUFS+", ""),
    "network-change, a pin": ("0", "unlink", "/run/netns/lab.old", "EBUSY+", ""),
    "destroy": ("0", "unlink", "/run/netns/lab.*", "EBUSY+", ""),
    "destroy-services, a pidfd": ("0", "pidfd_open", "", "EMFILE+", ""),
    "destroy-services": ("0", "unlinkat", "a", "KILL", "apply"),
    "change, an overlay's directory": ("0", "unlink", "/run/netns/lab.old", "EBUSY+", ""),
    "roots, another mount": ("0.1.keeper", "mkdirat", "upper2", "ENOSPC", ""),
    "roots": ("0.1.frozen", "mmap", "/memfd:nsbuild:lab/frozen@.*", "ENOMEM", ""),
}


@pytest.mark.parametrize("name", FOUND)
def test_struck_where_it_once_was_wrong(make_world, name):
    sweep = Sweep(make_world, next(case for case in CASES if case.name == name.partition(",")[0]))
    path, call, words, what, then = FOUND[name]
    points = [point for point in sweep.points() if (point.path, point.call) == (path, call)]
    sweep.blow(next(point for point in points if re.fullmatch(words, point.words)), what, then)
    sweep.close()
    assert not sweep.defects + sweep.unmet, "\n\n".join(sweep.defects + sweep.unmet)


@pytest.mark.parametrize("call, number, error", [("unshare", 1, "ENOMEM"), ("mount", 1, "ENOMEM"), ("umount2", 2, "EPERM"),
                                                 ("clone3", 1, "EAGAIN")])
def test_an_error_of_the_spawner_that_passes_is_put_back(world, call, number, error):
    """It takes part in the rollback, too, and then nothing hinders it any more."""
    text = "namespaces: {a: }\nservices: {kept: {namespace: a, command: [sleep, '1001'], hostname: %s}}\n"
    world.apply(text % "before")
    before = facts.same(world)
    point = ["0.1", call, str(number), error]
    path = world.topology(text % "after")
    ended = world.run([*STRIKE, world.dir / "log", *point, "--", BINARY, "apply", path], code=1)
    assert error in ended.err and restarted(ended) == {"kept"}, ended
    settles(lambda: changed(before, facts.same(world), {"kept"}))
    world.destroy()


@pytest.mark.parametrize("call", ["setsid", "execve"])
@pytest.mark.parametrize("oneshot", ["false", "true"])
def test_a_command_that_is_killed_before_it_runs_was_never_started(world, call, oneshot):
    """To the init that waits in vfork(2) it looks like one that runs, until its SIGCHLD comes."""
    text = "namespaces: {a: }\nservices:\n  kept: {namespace: a, command: [sleep, '1001'], hostname: kept}\n"
    world.apply(text)
    before = facts.same(world)
    path = world.topology(text + "  late: {namespace: a, command: [sleep, '1002'], oneshot: %s}\n" % oneshot)
    for _ in range(3):
        ended = world.run([*STRIKE, world.dir / "log", "0.1.late.1", call, "1", "KILL-IT", "--", BINARY, "apply", path], code=1)
        assert "killed by signal 9" in ended.err and "late" in ended.err and not restarted(ended), ended
        settles(lambda: changed(before, facts.same(world)))
    world.destroy()


@pytest.mark.parametrize("name", ["links", "services", "roots", "change", "destroy"])
def test_the_points_are_those_that_strace_sees(make_world, name):
    """The list of points is complete: strace(1), which shares no line with lib/strike.py, counts the same of each call that
    can change or take something, in nsbuild, its spawner and its inits, until the command has ended; and there is no
    other."""
    sweep = Sweep(make_world, next(case for case in CASES if case.name == name))
    mine = Counter(point.call for point in sweep.points())
    sweep.prepare()
    theirs = strace.own_calls(sweep.world, [BINARY, *sweep.command()], code=0)
    assert theirs.keys() - CHANGING - TAKING <= HARMLESS
    assert {**mine} == {call: count for call, count in theirs.items() if count and call in CHANGING | TAKING}
    sweep.close()
