"""plan --shell: the script, run in a fresh world, builds what apply builds in another."""
import pytest

from lib import netstate
from lib.topologies import RICH
from lib.world import EXAMPLES, eventually

TOPOLOGIES = [*sorted(EXAMPLES.glob("*.yaml")), RICH]
# For every process that is not in the world's own network namespace: where it is, what it is, which namespaces it does
# not share with PID 1, and what is mounted there.
SERVICES = r"""
cd /proc
own() { for kind in net mnt pid uts ipc; do readlink $1/ns/$kind; done; }
first=$(own 1)
for pid in [0-9]*; do
  [ "$(readlink $pid/ns/net)" != "$(readlink 1/ns/net)" ] || continue
  echo "pid $pid"
  for kind in net mnt pid uts ipc; do
    [ "$(readlink $pid/ns/$kind)" = "$(readlink 1/ns/$kind)" ] || echo "private $kind"
  done
  for pin in /run/netns/*; do [ $(stat -Lc %i $pin) != $(stat -Lc %i $pid/ns/net) ] || echo "netns ${pin#/run/netns/}"; done
  echo "argv $(tr '\0' ' ' < $pid/cmdline)"
  echo "cwd $(readlink $pid/cwd)"
  echo "hostname $(nsenter -t $pid -u hostname)"
  echo "uid $(stat -c %u $pid)"
  sed 's/^/mount /' $pid/mountinfo
done 2>/dev/null
"""


def services(world):
    """The commands that services run (not their inits, which every builder has of its own), described."""
    found, text = [], world.sh(SERVICES, check=False).out
    for part in text.split("pid ")[1:]:
        lines = part.splitlines()[1:]
        one = {key: [line.split(" ", 1)[1] for line in lines if line.startswith(key + " ")]
               for key in ("private", "netns", "argv", "cwd", "hostname", "uid")}
        one["mounts"] = sorted({mount(line.split(" ", 1)[1]) for line in lines if line.startswith("mount ")})
        found.append(one)
    return found


def mount(line):
    """Mount point and type; what is mounted where the run directory or a scratch directory is, is nobody's promise."""
    fields, _, rest = line.partition(" - ")
    return f"{fields.split()[4]} {rest.split()[0]} {'ro' if fields.split()[5].startswith('ro') else 'rw'}"


def wanted(world, path):
    """argv of the services as the kernel must show it, from the plan."""
    return [step["after"]["command"] for step in world.plan(path, "--fresh", "--json").json["steps"]
            if step.get("kind") == "service"]


def matching(found, argv):
    """The service process with exactly this command line; a shell may have exec'd what stood behind `exec`."""
    text = " ".join(argv)
    candidates = [one for one in found if one["argv"] and (one["argv"][0].strip().endswith(text) or
                  (argv[:2] == ["/bin/sh", "-c"] and one["argv"][0].strip() == argv[2].removeprefix("exec ")))]
    return candidates


@pytest.mark.parametrize("topology", TOPOLOGIES, ids=lambda t: t.stem if hasattr(t, "stem") else "rich")
def test_the_script_builds_the_same(make_world, topology):
    by_apply, by_script = make_world(), make_world()
    path = by_apply.topology(topology)
    script = by_apply.plan(path, "--fresh", "--shell").out
    by_apply.apply(path)
    by_script.run(["sh", "-eu", by_script.file("build.sh", script.encode())])

    eventually(lambda: not netstate.difference(netstate.comparable(by_apply), settled(by_script, by_apply)),
               lambda: "\n".join(netstate.difference(netstate.comparable(by_apply), settled(by_script, by_apply))), timeout=10)
    for argv in wanted(by_apply, path):
        ours = eventually(lambda: matching(services(by_apply), argv), f"{argv} does not run after apply")
        theirs = eventually(lambda: matching(services(by_script), argv), f"{argv} does not run after the script")
        assert len(ours) == len(theirs), argv
        for one, other in zip(sorted(ours, key=str), sorted(theirs, key=str)):
            for what in ("private", "netns", "cwd", "hostname", "uid"):
                assert one[what] == other[what], (argv, what)
            assert one["private"] == ["net", "mnt", "pid", "uts", "ipc"]
            assert one["mounts"] == other["mounts"], argv

    by_apply.nsbuild("destroy", "--all")
    # The way back is a script, too.
    by_script.sh("for pin in /run/netns/*; do ip netns pids ${pin##*/}; done | xargs -r kill -9; sleep 0.2;"
                 "for pin in /run/netns/*; do ip netns del ${pin##*/}; done; rm -rf /run/nsbuild", check=False)
    by_script.start = {}


def settled(world, other):
    """Routing daemons learn at their own pace; what they learn is not the script's doing."""
    return netstate.comparable(world)


def test_the_script_of_a_destroy_destroys(world):
    world.apply(RICH)
    script = world.plan(world.dir / "lab.yaml", "--destroy", "--shell").out
    world.run(["sh", "-eu", world.file("destroy.sh", script.encode())])
    assert world.namespaces() == []
    world.destroy(check=False)


def test_the_script_of_a_change_changes(world):
    network = RICH[:RICH.index("services:")]
    changed = network.replace("mtu: 1400", "mtu: 1300").replace("type: blackhole", "type: prohibit") \
        .replace("10.1.0.20/24", "10.1.0.21/24").replace("rp_filter: 0", "rp_filter: 2")
    world.apply(network)
    script = world.plan(changed, "--shell").out
    world.run(["sh", "-eu", world.file("change.sh", script.encode())])
    by_script = netstate.comparable(world)
    world.apply(changed)
    assert netstate.difference(by_script, netstate.comparable(world)) == []
    world.destroy()
