"""The floor that speed is measured against makes what nsbuild makes; else the ratios would lie."""
import importlib.util
import json
import operator

import pytest

from lib.world import BINARY, ROOT, eventually, steps

FLOOR = BINARY.parents[1] / "bench/floor"
# What marks an object as nsbuild's own, and numbers and states that the kernel gives by itself.
OF_NO_MATTER = {"group", "ifalias", "protocol", "link_netnsid", "tentative", "pid", "linkinfo", "cache"}


def topologies():
    spec = importlib.util.spec_from_file_location("topologies", ROOT / "bench/harness/topologies.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def plain(value):
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items() if key not in OF_NO_MATTER}
    return [plain(each) for each in value] if isinstance(value, list) else value


def objects(world, lab, place):
    seen = {}
    for argv in (["link"], ["address"], ["-4", "route", "show", "table", "all"], ["-6", "route", "show", "table", "all"],
                 ["rule"]):
        found = world.ip_json(place, *argv, lab=lab, details=argv == ["link"])
        seen[" ".join(argv)] = sorted(map(str, plain(found)))
    keys = "net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"
    seen["sysctls"] = world.in_ns(place, "cat", *(f"/proc/sys/{key}" for key in keys), lab=lab).out
    return seen


@pytest.mark.parametrize("shape, n, bare", [("ring", 5, True), ("ring", 5, False), ("star", 4, True), ("clos", 2, False)])
def test_the_floor_makes_the_same(world, shape, n, bare):
    lab = topologies().Topology(BINARY, world.dir, shape, n, bare=bare)
    world.nsbuild("apply", lab.path)
    world.sh(f"{FLOOR} lab --keep floor < {lab.lines}")
    places = [name.removeprefix("floor.") for name in world.namespaces() if name.startswith("floor.")]
    assert len(places) == lab.namespaces and len(world.namespaces()) == 2 * len(places)
    for place in places:
        def both():
            return objects(world, "floor", place), objects(world, lab.lab, place)

        # Carriers come in the kernel's own time (linkwatch); without nsbuild's own sysctl, fe80:: addresses get their
        # routes when duplicate detection has ended.
        eventually(lambda: operator.eq(*both()), lambda: "%s: floor %s\nnsbuild %s" % (place, *both()), timeout=10)
    world.destroy(lab.lab)
    world.sh("for name in /run/netns/floor.*; do umount $name && rm $name; done")


def test_its_teardown_leaves_nothing(world):
    lab = topologies().Topology(BINARY, world.dir, "ring", 5, services=True)
    for services in ("bare", "isolated"):
        ended = world.sh(f"{FLOOR} lab --services {services} floor < {lab.lines}").json
        assert ended["places"] == 5 and 0 < ended["returned"] <= ended["quiescent"] and ended["start"] > 0
    world.sh("rm /run/floor-hosts")
    assert world.leaks() == []


def test_the_benchmark_measures(world):
    """Not how fast, but that every figure is there and possible."""
    ended = world.run([ROOT / "bench/run", "--nsbuild", BINARY, "--floor", FLOOR, "--sizes", "10", "--runs", "1",
                       "--topologies", "ring;star", "--no-peers", "--only-labs", "--json", world.dir / "samples.json"])
    assert "| ring | 10 |" in ended.out and "| star | 11 |" in ended.out and "Not measured" not in ended.out
    kept = json.loads((world.dir / "samples.json").read_text())
    found = {(each["topology"], each["who"], each["what"]): each["values"] for each in kept["samples"]}
    assert kept["failed"] == [] and all(len(values) == 1 and values[0] > 0 for values in found.values()), found
    for topology in ("ring", "star"):
        assert found[topology, "floor", "returned"] <= found[topology, "floor", "quiescent"]
        assert found[topology, "nsbuild", "destroy"] <= found[topology, "nsbuild", "quiescent"]
        for what in ("apply", "again", "plan", "validate", "memory"):
            assert (topology, "nsbuild", what) in found
    assert ("ring", "nsbuild", "apply changed") in found


def test_the_change_that_is_measured_is_one_address(world):
    lab = topologies().Topology(BINARY, world.dir, "ring", 10)
    world.nsbuild("apply", lab.path)
    plan = world.plan(lab.changed, "--name", lab.lab).out
    assert [line[:9] for line in steps(plan)] == ["+ address", "- address"], plan
    world.destroy(lab.lab)
