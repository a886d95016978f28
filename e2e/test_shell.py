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
  echo "@pid $pid"
  for kind in net mnt pid uts ipc; do
    [ "$(readlink $pid/ns/$kind)" = "$(readlink 1/ns/$kind)" ] || echo "private $kind"
  done
  for pin in /run/netns/*; do
    [ $(stat -Lc %i $pin) != $(stat -Lc %i $pid/ns/net) ] || echo "netns ${pin#/run/netns/}"
  done
  echo "argv $(tr '\0\n' '  ' < $pid/cmdline)"
  echo "cwd $(readlink $pid/cwd)"
  echo "hostname $(nsenter -t $pid -u hostname)"
  echo "uid $(stat -c %u $pid)"
  sed 's/^/mount /' $pid/mountinfo
done 2>/dev/null
"""


def services(world):
    """The processes in the lab's namespaces, described."""
    found, text = [], world.sh(SERVICES, check=False).out
    for part in text.split("@pid ")[1:]:
        lines = part.splitlines()[1:]
        one = {key: [line.split(" ", 1)[1].strip() for line in lines if line.startswith(key + " ")]
               for key in ("private", "netns", "argv", "cwd", "hostname", "uid")}
        one["mounts"] = visible_mounts([line.split(" ", 1)[1] for line in lines if line.startswith("mount ")])
        found.append(one)
    return found


def visible_mounts(mountinfo):
    """Where something is mounted, of which type, and whether it may be written; proc_pid_mountinfo(5). What is covered
    by another mount cannot be reached, so it is nobody's promise."""
    mounts = {}
    for line in mountinfo:
        fields, _, rest = line.partition(" - ")
        number, parent, _, _, path, options = fields.split()[:6]
        mounts[number] = (parent, path.rstrip("/") + "/", f"{path} {rest.split()[0]} {options.split(',')[0]}")

    def chain(number):
        while number in mounts:
            yield number
            number = mounts[number][0]

    def is_covered(number):
        own, path = set(chain(number)), mounts[number][1]
        return any(other not in own and parent in own and path.startswith(at)
                   for other, (parent, at, _) in mounts.items())

    return sorted({words for number, (_, _, words) in mounts.items() if not is_covered(number)})


def wanted(world, path):
    """argv of the services as the kernel must show it, from the plan."""
    return [step["after"]["command"] for step in world.plan(path, "--fresh", "--json").json["steps"]
            if step.get("kind") == "service"]


def matching(found, argv):
    """The processes with this command line: as it is, as the kernel shows a script's, or what a shell has exec'd."""
    text = " ".join(argv).replace("\n", " ")
    texts = {text, f"/bin/sh {text}"}
    if argv[:2] == ["/bin/sh", "-c"] and argv[2].startswith("exec "):
        texts = {argv[2].removeprefix("exec ")}
    return [one for one in found if texts & set(one["argv"])]


@pytest.mark.parametrize("topology", TOPOLOGIES, ids=lambda t: t.stem if hasattr(t, "stem") else "rich")
def test_the_script_builds_the_same(make_world, topology):
    by_apply, by_script = make_world(), make_world()
    path = by_apply.topology(topology)
    script = by_apply.plan(path, "--fresh", "--shell").out
    by_apply.apply(path)
    by_script.run(["sh", "-eu", by_script.file("build.sh", script.encode())])

    different = netstate.difference(netstate.comparable(by_apply), netstate.comparable(by_script))
    assert different == [], "\n".join(different)
    for argv in wanted(by_apply, path):
        ours, theirs = (eventually(lambda: matching(services(world), argv), f"{argv} does not run {how}", timeout=15)
                        for world, how in ((by_apply, "after apply"), (by_script, "after the script")))
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
