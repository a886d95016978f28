"""Random pairs of labs (A, B): a change from A to B makes what a fresh B is; one that fails at a random call gives A.

NSBUILD_E2E_COMPLETE=1 takes all pairs (scripts/nightly); else a few, by NSBUILD_E2E_SEED. Both are judged by ip(8) and
/proc in two worlds side by side (lib/facts.py); nsbuild's own view, an empty plan, has to agree with them.
"""
import json
import random
from collections import Counter

import pytest

from lib import facts, netstate, ptrace, random_labs, sampling
from lib.sweep import ANY, ATTEMPTS, ERRORS, STRIKE, Point
from lib.verdict import changed, is_left_alone, judge, settles, touched_by
from lib.world import BINARY, sanitizer

PAIRS, SAMPLE, FAULTS = 320, 4, 2
UNMET = 0.02  # faults in a pair, at most and but for one, whose call did not come again


@pytest.mark.parametrize("shard", range(sampling.SHARDS))
def test_from_one_lab_to_another(make_world, shard):
    if ptrace.missing() or sanitizer():
        pytest.skip(ptrace.missing() or sanitizer())
    bench, tally, defects = Bench(make_world), Counter(), []
    for number in sampling.sample(range(PAIRS), SAMPLE, "pairs", shard):
        try:
            tally += bench.go_through(number)
        except AssertionError as error:
            tally["defects"] += 1
            defects.append(f"pair {number}: {error}")
            bench = Bench(make_world)
    sampling.record("random changes", tally, defects)
    assert not defects, f"seed {sampling.seed()}:\n" + "\n\n".join(defects)
    assert tally["as a fresh one"] == tally["pairs"] > 0
    assert tally["point not met"] <= 2 + UNMET * tally["pairs"], tally  # of two faults each


def test_a_bridge_that_has_to_be_made_again_has_the_same_address(world):
    """The last network goes, and then the change cannot be recorded."""
    if ptrace.missing() or sanitizer():
        pytest.skip(ptrace.missing() or sanitizer())
    world.apply("namespaces: {a: , b: }\nnetworks: {lan: {endpoints: [a, b]}}")
    before = facts.same(world)
    path = world.topology("namespaces: {a: , b: }")
    ended = world.run([*STRIKE, world.dir / "log", "0", "rename", "1", "EBUSY+", "--", BINARY, "apply", path], code=1)
    assert json.loads((world.dir / "log").read_text())["met"], ended
    settles(lambda: changed(before, facts.same(world)))
    world.destroy()


class Bench:
    """Two worlds: one in which a lab changes, one in which the same is made anew."""

    def __init__(self, make_world):
        self.world, self.fresh = make_world(), make_world()
        self.nothing = [facts.same(world) for world in (self.world, self.fresh)]

    def go_through(self, number):
        first, second = random_labs.pair(number)
        self.apply(self.fresh, first)
        points = self.points(second)
        self.fresh.destroy()
        self.apply(self.fresh, second)
        goal = facts.alike(self.fresh)
        self.apply(self.world, first)
        tally = Counter(pairs=1)
        for point in random.Random(number).sample(points, min(FAULTS, len(points))):
            tally[self.fail(point, first, second, goal)] += 1
        before = facts.same(self.world)
        self.apply(self.world, second)
        settles(lambda: netstate.difference(facts.alike(self.fresh), facts.alike(self.world)))
        self.is_seen_as(first, second, before)
        tally["as a fresh one"] += 1
        for world, nothing in zip((self.world, self.fresh), self.nothing):
            world.destroy()
            settles(lambda: changed(nothing, facts.same(world)))
        return tally

    def apply(self, world, text):
        world.apply(text)

    def is_seen_as(self, first, second, before):
        """Nothing is left to do in nsbuild's eyes, and who needed no change is the process that he was."""
        self.world.plan(second, "--detailed-exitcode")
        is_left_alone(self.world, before, touched_by(first, second))

    def points(self, text):
        found = self.strike(self.fresh, text, [])
        assert self.ended.code == 0, self.ended
        return [call for call in found["calls"] if not Point(*call).reads and call[1] not in ("execve", "setns") and
                ERRORS.get(call[1], ANY)]

    def strike(self, world, text, point):
        log = world.dir / "strike.json"
        self.ended = world.run([*STRIKE, log, *point, "--", BINARY, "apply", world.topology(text)], check=False)
        return json.loads(log.read_text())

    def fail(self, point, first, second, goal):
        """One call of the change fails."""
        path, call, number, words = point
        error = random.Random(words).choice(ERRORS.get(call, ANY))
        try:
            if not self.hit(point, error, first, second):
                return "point not met"
            verdict = judge(self.world, self.ended, error, self.before, goal, point=Point(*point), touched=touched_by(first, second))
            if verdict.endswith("absorbed"):
                self.is_seen_as(first, second, self.before)
            elif verdict.endswith("rolled back"):
                self.world.plan(first, "--detailed-exitcode")
        except AssertionError as failure:
            raise AssertionError(f"{error} at {point}: {failure}") from None
        if not verdict.endswith("rolled back"):
            self.world.apply(first)
        return verdict

    def hit(self, point, error, first, second):
        """Whether the call that was struck is the one that was counted: what failed before may have left something else to
        do, and then it is done again from a new lab."""
        path, call, number, words = point
        for _ in range(ATTEMPTS):
            settles(lambda: netstate.to_come(netstate.same(self.world)))
            self.before = facts.same(self.world)
            found = self.strike(self.world, second, [path, call, number, error])
            if found["met"] and found["words"] == words:
                return True
            self.renew(first)
        return False

    def renew(self, text):
        self.world.destroy()
        self.apply(self.world, text)
