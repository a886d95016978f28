"""What a node more costs, counted: one call more per node than is recorded in costs.json fails here.

NSBUILD_ACCEPT=1 records anew what an intended change costs now.
"""
import json
import os
import re
import shutil
from pathlib import Path

import pytest

from lib import costs
from lib.world import BINARY, sanitizer

pytestmark = pytest.mark.skipif(bool(sanitizer()), reason=sanitizer() or "never")

RECORD = Path(__file__).with_name("costs.json")
FEW, MANY = 40, 60  # both are enough for two threads
INSTRUCTIONS = 0.15  # how far they may be off: compilers and C libraries differ a little


def recorded(name, counted):
    record = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    if os.environ.get("NSBUILD_ACCEPT"):
        RECORD.write_text(json.dumps({**record, name: counted}, indent=2, sort_keys=True) + "\n")
        return counted
    return record[name]


def generated(world, shape, nodes):
    path = world.dir / f"{shape}{nodes}.yaml"
    path.write_text(world.run([BINARY, "generate", shape, str(nodes)], code=0).out)
    return path


def life(world, path):
    """Counts of the four things that are done to a lab."""
    apply = costs.of(world, [BINARY, "apply", path])
    again = costs.of(world, [BINARY, "apply", path])
    text = path.read_text()
    world.run(["ip", "netns", "exec", f"{path.stem}.{first_namespace(text)}", "ip", "link", "set", "lo", "down"], code=0)
    repair = costs.of(world, [BINARY, "apply", path])
    costs.without_orphans()
    return {"apply": apply, "apply again": again, "repair": repair, "destroy": costs.of(world, [BINARY, "destroy"])}


def first_namespace(text):
    return re.sub(r"\[(\d+)-\d+\]", r"\1", re.search(r"^namespaces:.*\n(?: *#.*\n)* +([^:\s]+):", text, re.M).group(1))


def near(counts):
    return pytest.approx(counts, abs=0.1)


def per_node(make_world, shape):
    """What a node more costs, by what is done."""
    counts = []
    for nodes in (FEW, MANY):
        world = make_world()
        counts.append(life(world, generated(world, shape, nodes)))
    return {what: costs.per_node(counts[0][what], counts[1][what], MANY - FEW) for what in counts[0]}


@pytest.mark.parametrize("shape", ["ring", "star"])
def test_what_a_node_costs(make_world, shape):
    """A dump that a change in the kernel has disturbed is asked for again, so one disturbed count is no verdict. Which
    namespace is asked first about a pair's other end depends on the order in which they came to be."""
    counted = {}
    for _ in range(3):
        counted = per_node(make_world, shape)
        if all(counted[what] == near(recorded(f"{shape}: {what}", counted[what])) for what in counted):
            return
    for what in counted:
        assert counted[what] == near(recorded(f"{shape}: {what}", counted[what])), f"{what} of a {shape}"


def test_pairs_of_others_on_the_host_cost_nothing(make_world):
    """As those of containers: they have the indexes that the ends in the lab's namespaces have, too."""
    counts = []
    for pairs in (0, 8):
        world = make_world()
        world.sh(f"ip netns add other; for i in $(seq {pairs}); do ip link add s$i type veth peer name p$i netns other; done")
        path = generated(world, "ring", FEW)
        world.run([BINARY, "apply", path], code=0)
        counts.append(costs.of(world, [BINARY, "apply", path])["RTM_GETNSID"])
        world.run([BINARY, "destroy"], code=0)
        world.sh("ip netns delete other")
    assert counts == [counts[0]] * 2


def test_what_exec_costs(make_world):
    """However many namespaces there are. Neither is a process made nor a directory read, such as /proc or /run/netns."""
    counts = []
    for nodes in (FEW, MANY):
        world = make_world()
        world.nsbuild("apply", generated(world, "ring", nodes))
        counts.append(costs.of(world, [BINARY, "exec", "n7", "--", "/bin/true"], also=["clone", "clone3"],
                               env={"NSBUILD_LAB": f"ring{nodes}"}))
        world.destroy(f"ring{nodes}")
    assert costs.per_node(*counts, MANY - FEW) == {}
    # How many files are opened is the loader's affair, too.
    steps = {name: count for name, count in sorted(counts[0].items()) if name in costs.STEPS}
    assert steps == recorded("exec in a namespace", steps)


@pytest.mark.parametrize("command", [["validate"], ["plan", "--fresh"]])
def test_instructions_of_a_node(world, command):
    if not shutil.which("valgrind"):
        pytest.skip("needs valgrind (apt install valgrind)")
    if b"__asan_" in BINARY.read_bytes() or b"__tsan_" in BINARY.read_bytes():
        pytest.skip("a sanitizer's own work would be counted")
    counts = [instructions(world, [BINARY, *command, generated(world, "ring", nodes)]) for nodes in (FEW, MANY)]
    counted = round((counts[1] - counts[0]) / (MANY - FEW))
    wanted = recorded(f"{' '.join(command)}: instructions", counted)
    assert abs(counted - wanted) <= INSTRUCTIONS * wanted, f"{counted} instead of {wanted} instructions a node"


def instructions(world, argv):
    ended = world.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *argv], code=0)
    return int(re.search(r"Collected *: *(\d+)", ended.err).group(1))
