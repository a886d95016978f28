"""plan --shell: the script, run in a fresh world, builds what apply builds in another."""
import shlex
from pathlib import Path

import pytest

from lib import debian, netstate, tree
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
        """By what is mounted on its root, or on the way to it."""
        way = {child: mounts[child] for child in chain(number)}
        return any(at == mounts[number][1] and parent == number or
                   other not in way and any(parent == above and path.startswith(at) for above, path, _ in way.values())
                   for other, (parent, at, _) in mounts.items())

    return sorted({words for number, (_, _, words) in mounts.items() if not is_covered(number)})


def wanted(world, path, options):
    """argv of the services as the kernel must show it, from the plan; those that end by themselves are gone."""
    return [step["after"]["command"] for step in world.plan(path, "--fresh", "--json", *options).json["steps"]
            if step.get("kind") == "service" and not step["after"]["oneshot"]]


def matching(found, argv):
    """The processes with this command line: as it is, with an interpreter or a title in front, or what a shell has
    exec'd in the end."""
    text = " ".join(argv)
    if argv[:2] == ["/bin/sh", "-c"]:
        text = argv[2].strip().splitlines()[-1].removeprefix("exec ")
    return [one for one in found if one["argv"][0].endswith(text)]


def logs(world):
    return world.sh("ps ax; head -n 20 /run/nsbuild-script/*/log/*", check=False).out


def identity(world, argv):
    """Whom and how the processes with this command line run: groups, umask, niceness, limits."""
    found = []
    for pid in world.sh("ip netns pids lab.here").out.split():
        if world.sh(f"tr '\\0' ' ' < /proc/{pid}/cmdline").out.strip() == " ".join(argv):
            status = world.sh(f"cd /proc/{pid}; grep -E '^(Uid|Gid|Groups|Umask):' status; cut -d' ' -f19 stat; "
                              "grep -E 'Max (open files|core)' limits").out
            found.append(" ".join(status.split()))
    return sorted(found)


def builds_the_same(by_apply, by_script, path, private=("net", "mnt", "pid", "uts", "ipc")):
    options = debian.options(path)
    script = by_apply.plan(path, "--fresh", "--shell", *options).out
    by_apply.apply(path, *options)
    by_script.run(["sh", "-eu", by_script.file("build.sh", script.encode())])

    def different():
        return netstate.difference(netstate.comparable(by_apply), netstate.comparable(by_script))

    # Daemons may take a moment until they have put their addresses there.
    eventually(lambda: different() == [], lambda: "\n".join(different()), timeout=15)
    for argv in wanted(by_apply, path, options):
        ours, theirs = (eventually(lambda: matching(services(world), argv), lambda: f"{argv} does not run {how}\n{logs(world)}",
                                   timeout=15)
                        for world, how in ((by_apply, "after apply"), (by_script, "after the script")))
        assert len(ours) == len(theirs), argv
        for one, other in zip(sorted(ours, key=str), sorted(theirs, key=str)):
            for what in ("private", "netns", "cwd", "hostname", "uid"):
                assert one[what] == other[what], (argv, what)
            assert one["private"] == list(private)
            assert set(one["mounts"]) ^ set(other["mounts"]) == set(), (argv, one["mounts"], other["mounts"])


def end(by_apply, by_script, path):
    """The way back is a script, too: the same one, whoever built the lab."""
    script = by_apply.file("destroy.sh", by_apply.plan(path, "--destroy", "--shell", *debian.options(path)).out.encode())
    for world in (by_apply, by_script):
        world.run(["sh", "-eu", script])
    by_apply.nsbuild("destroy", "--all")  # its own records


@pytest.mark.parametrize("topology", TOPOLOGIES, ids=lambda t: t.stem if hasattr(t, "stem") else "rich")
def test_the_script_builds_the_same(make_world, topology):
    by_apply, by_script = make_world(), make_world()
    path = by_apply.topology(topology)
    builds_the_same(by_apply, by_script, path)
    end(by_apply, by_script, path)


# What a service can see and whom it can run as; the numbers tell the commands apart. `./tree` has all of /usr mounted
# in it, and nothing else of a machine.
ROOTS = """
namespaces: {here: }
defaults: {service: {namespace: here}}
services:
  tree: {command: [sleep, "1001"], rootfs: ./tree, files: {/etc/app/conf: {content: x}}, user: web, groups: [inside]}
  thrown: {command: [sleep, "1002"], rootfs: ./tree, root_mode: private, dev: minimal}
  frozen: {command: [sleep, "1003"], rootfs: ./tree, root_mode: read_only, mounts: [{type: tmpfs, target: /var/x}]}
  read-only: {command: [sleep, "1004"], root_mode: read_only, mounts: [{type: tmpfs, target: /opt}]}
  private: {command: [sleep, "1005"], root_mode: private, files: {/nowhere/file: {content: x}}}
  devices: {command: [sleep, "1006"], dev: minimal, mounts: [{type: proc, target: /srv/proc, read_only: true}]}
  terminals:
    command: [sleep, "1007"]
    mounts: [{type: devpts, target: /srv/pts}, {source: ./low, target: /mnt, recursive: false}]
  overlays:
    command: [sleep, "1008"]
    mounts:
      - {type: overlay, target: /srv, lower: [./low, /usr/share/doc]}
      - {type: overlay, target: /mnt, lower: ./low, read_only: true}
      - {type: overlay, target: /opt, lower: ./low, upper: ./kept}
  somebody:
    command: [sleep, "1009"]
    user: nobody
    group: daemon
    groups: [mail, "4242"]
    umask: 027
    nice: 7
    rlimits: {nofile: {soft: 100, hard: 200}, core: 0}
  member: {command: [sleep, "1010"], user: daemon, groups: [mail]}
"""


def test_the_script_builds_the_same_roots(make_world):
    by_apply, by_script = make_world(), make_world()
    tree.make(by_apply.dir / "tree", ())
    for name in ("low/sub", "kept"):
        (by_apply.dir / name).mkdir(parents=True)
    (by_apply.dir / "tree/etc/ld.so.cache").write_bytes(Path("/etc/ld.so.cache").read_bytes())
    before = tree.listing(by_apply.dir)
    for world in (by_apply, by_script):
        world.sh(f"mount --rbind /usr {by_apply.dir}/tree/usr; mount -t tmpfs tmpfs {by_apply.dir}/low/sub")
    path = by_apply.topology(ROOTS)
    builds_the_same(by_apply, by_script, path)
    for number in range(1001, 1011):
        argv = ["sleep", str(number)]
        assert identity(by_apply, argv) == identity(by_script, argv) != [], argv
    # What is seen inside, beyond the mounts: the same devices, the same owners and modes of what was made.
    look = "for p in / /dev/* /etc/app/* /nowhere/* /srv /mnt /opt; do stat -c '%n %A %u %g %t:%T' $p; done 2>/dev/null"
    for number in (1001, 1002, 1003, 1005, 1006, 1008):
        enter = f"pid=$(pgrep -fx 'sleep {number}') && nsenter -t $pid -m -- sh -c {shlex.quote(look)}"
        ours, theirs = (world.sh(enter, check=False).out for world in (by_apply, by_script))
        assert ours == theirs != "", number

    end(by_apply, by_script, path)
    for world in (by_apply, by_script):
        world.sh(f"umount -R {by_apply.dir}/tree/usr {by_apply.dir}/low/sub")
    for name in ("lab.yaml", "destroy.sh"):
        (by_apply.dir / name).unlink()

    def names(text):
        return [line for line in text.splitlines() if not line.startswith(f"{by_apply.dir} ")]
    assert names(tree.listing(by_apply.dir)) == names(before)


def test_the_script_of_a_destroy_destroys(world):
    world.apply(RICH)
    script = world.plan(world.dir / "lab.yaml", "--destroy", "--shell").out
    world.run(["sh", "-eu", world.file("destroy.sh", script.encode())])
    assert world.namespaces() == []
    world.destroy(check=False)


# A command that ends a second after it was told to, one that never does, one that ends the whole group that it is in,
# one that is started again whenever it ends, one that writes over its title, one in the namespaces of another.
STUBBORN = """
namespaces: {a: , b: }
services:
  slow: {namespace: a, command: "trap 'sleep 1; exit' TERM; while :; do sleep 0.01; done"}
  deaf: {namespace: a, command: [sh, -c, "trap '' TERM; while :; do sleep 0.01; done"], stop_timeout: 300ms}
  group: {namespace: b, command: "trap 'kill 0' TERM; sleep 1000 & wait"}
  again: {namespace: b, command: [sleep, "1001"], restart: always, stop_timeout: 300ms}
  titled: {namespace: b, command: [nginx, -g, "daemon off;"]}
  inside: {join: slow, command: [sleep, "1002"], stop_signal: INT}
"""


@pytest.mark.parametrize("times", range(3))
def test_the_script_of_a_destroy_ends_whatever_runs_and_nobody_else(make_world, times):
    by_apply, by_script = make_world(), make_world()
    path = by_apply.topology(STUBBORN)
    by_script.run(["sh", "-eu", by_script.file("build.sh", by_apply.plan(path, "--fresh", "--shell").out.encode())])
    by_apply.apply(path)
    script = by_apply.file("destroy.sh", by_apply.plan(path, "--destroy", "--shell").out.encode())
    for world in (by_apply, by_script):
        bystander, pid = world.background(["env", "NSBUILD_LAB=lab", "NSBUILD_SERVICE=slow", "sleep", "1000"])
        world.run(["sh", "-eu", script])
        assert world.namespaces() == []
        assert bystander.poll() is None
        world.kill_in(pid)
        bystander.communicate()
    by_apply.destroy(check=False)


def test_the_script_of_a_change_changes(world):
    network = RICH[:RICH.index("services:")]
    changed = network.replace("mtu: 1400", "mtu: 1300").replace("type: blackhole", "type: prohibit") \
        .replace("10.1.0.20/24", "10.1.0.21/24").replace("rp_filter: 0", "rp_filter: 2")
    world.apply(network)
    script = world.plan(changed, "--shell").out
    world.run(["sh", "-eu", world.file("change.sh", script.encode())])
    by_script = netstate.comparable(world)
    world.apply(changed)
    netstate.settles_at(world, by_script)
    world.destroy()
