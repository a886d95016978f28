"""--timings: the phases that a command had, and no others."""
import re

from lib.topologies import PAIR


def phases(ended):
    found = re.findall(r"^nsbuild: ([a-z]+) +(\d+\.\d+) ms$", ended.err, re.MULTILINE)
    assert found and found[-1][0] == "total"
    assert sum(float(took) for _, took in found[:-1]) <= float(found[-1][1])
    return [phase for phase, _ in found[:-1]]


def test_every_command_says_its_phases(world):
    path = world.topology(PAIR)
    look = ["read", "graph", "wish", "observe", "plan"]
    assert phases(world.plan(path, "--timings")) == [*look, "print"]
    begin = ["read", "graph", "wish", "lock", "observe", "plan", "record"]
    assert phases(world.apply(path, "--timings")) == [*begin, "apply", "verify"]
    assert phases(world.apply(path, "--timings", "--quiet")) == begin
    failing = PAIR + "services: {bad: {namespace: a, command: [/no/such]}}\n"
    assert phases(world.apply(failing, "--timings", code=1)) == [*begin, "apply", "rollback"]
    assert phases(world.nsbuild("status", "--timings")) == ["observe"]
    timings = world.nsbuild("status", "--json", "--timings").json["timings"]
    assert list(timings) == ["observe", "total"] and 0 < timings["observe"] <= timings["total"]
    assert world.nsbuild("doctor", "--json", "--timings").json["timings"]["total"] > 0
    assert phases(world.nsbuild("exec", "a", "--timings", "--", "true")) is not None
    removal = ["lock", "observe", "plan", "apply", "verify"]
    assert phases(world.destroy("lab", "--timings")) == removal
    assert " ms" not in world.apply(PAIR).err
    assert phases(world.nsbuild("destroy", "--timings")) == ["find", *removal], "which lab is up has to be found out"
    world.apply(PAIR)
    world.destroy()
