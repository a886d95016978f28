"""What is measured, and in which order: everything of a round before the next round, so that a slow moment of the machine
hits all of them."""
import json
import subprocess
import sys
import time
from collections import defaultdict

from harness import large, peers, world
from harness.topologies import Topology

SLOW = {"ip script", "Mininet"}  # over 20 times as slow as the floor
SLOW_MOST = 1023  # links
SERVICES = {"bare": "floor: vfork+exec", "isolated": "floor: vfork+exec, namespaces and mounts"}


class Session:
    """Samples by (topology, size), who, and what."""

    def __init__(self, nsbuild, floor, directory):
        self.nsbuild, self.floor, self.directory = str(nsbuild), str(floor), directory
        self.samples = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
        self.namespaces, self.missing, self.failed = {}, {}, []
        self.begin = time.monotonic()

    def say(self, text):
        print(f"[{time.monotonic() - self.begin:5.0f} s] {text}", file=sys.stderr, flush=True)

    def add(self, case, who, found):
        for what, value in found.items():
            self.samples[case][who][what] += value if isinstance(value, list) else [value]

    def job(self, case, who, job, **arguments):
        """Runs it and keeps what it found; one that fails is told, not fatal."""
        try:
            self.add(case, who, world.run(self.floor, job, **arguments))
            return True
        except (world.Failed, ValueError) as error:
            self.failed.append(f"{case[0]} {case[1]}: {who}: {error}")
            self.say(self.failed[-1])
            return False

    def topology(self, case, *generate, **options):
        self.say(f"{case[0]} {case[1]}: generate")
        made = Topology(self.nsbuild, self.directory, *generate, **options)
        self.namespaces[case] = made.namespaces
        return made


def measure_lab(session, name, shape, size, rounds, with_peers=(), **options):
    """The floor, nsbuild and other tools on one topology."""
    case = (name, size)
    lab = session.topology(case, shape, size, **options)
    others = []
    for peer in peers.all_peers():
        if peer.name not in with_peers or (peer.name in SLOW and lab.links > SLOW_MOST):
            continue
        if peer.missing:
            session.missing[peer.name] = peer.missing
        else:
            others.append((peer.name, peer.prepare(lab.lines)))
    for number in range(rounds):
        session.say(f"{name} {size}: round {number + 1} of {rounds}")
        measure_once(session, case, lab)
        for who, argv in others:
            # A tool that is 20 times as slow is measured well enough by three runs.
            if number < (3 if who in SLOW else rounds):
                session.job(case, who, "peer", argv=argv)


def measure_once(session, case, lab):
    lines, floor = str(lab.lines), session.floor
    if lab.services:
        for mode in SERVICES:
            session.job(case, f"floor {mode}", "bottom", floor=floor, lines=lines, services=mode)
    session.job(case, "floor", "bottom", floor=floor, lines=lines, services=None)
    session.job(case, "nsbuild", "core", nsbuild=session.nsbuild, floor=floor, path=str(lab.path),
                changed=lab.changed and str(lab.changed), lab=lab.lab)


def measure_large(session, rounds):
    """What is large in one namespace."""
    paths = large.write(session.directory)
    for number in range(rounds):
        session.say(f"large: round {number + 1} of {rounds}")
        for name in ("interfaces", "routes"):
            session.job(("large", name), "nsbuild", "one_place", nsbuild=session.nsbuild, path=paths[f"{name}.yaml"])
        session.job(("large", "routes"), "ip -batch", "batch_of_routes", path=paths["routes.batch"])


def measure_start_up(session, runs):
    session.say("start-up")
    session.job(("start-up", 0), "start-up", "start_up", nsbuild=session.nsbuild, runs=runs)


def measure_exec(session, size, runs):
    case = ("exec", size)
    lab = session.topology(case, "ring", size)
    session.job(case, "exec", "enter", nsbuild=session.nsbuild, path=str(lab.path), lab=lab.lab, place="n7", runs=runs)


def measure_isolation(session, size, runs):
    """Other tools' ways to isolate one process, while `size` namespaces are pinned."""
    case = ("one service", size)
    lab = session.topology(case, "ring", size)
    bundle = write_bundle(session.directory)
    there, missing = peers.isolation(bundle)
    session.missing |= {name: "not installed" for name in missing}
    for who, argv in there.items():
        session.job(case, who, "one_service", floor=session.floor, lines=str(lab.lines),
                    rootfs=str(bundle / "rootfs"), commands={"start": argv}, runs=runs)


def write_bundle(directory):
    """An OCI bundle of the machine's root, with the namespaces that a service of nsbuild has of its own."""
    bundle = directory / "bundle"
    (bundle / "rootfs").mkdir(parents=True, exist_ok=True)
    mounts = [{"destination": "/proc", "type": "proc", "source": "proc"},
              {"destination": "/run", "type": "tmpfs", "source": "tmpfs"}]
    config = {"ociVersion": "1.0.2", "root": {"path": "rootfs", "readonly": False}, "mounts": mounts,
              "process": {"terminal": False, "user": {"uid": 0, "gid": 0}, "args": ["/bin/true"], "cwd": "/",
                          "env": ["PATH=/usr/bin:/bin"]},
              "linux": {"namespaces": [{"type": each} for each in ("mount", "pid", "uts", "ipc")]}}
    (bundle / "config.json").write_text(json.dumps(config))
    return bundle


def machine():
    """What the figures are of."""
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as info:
        models = {line.partition(":")[2].strip() for line in info if line.startswith("model name")}
    with open("/proc/loadavg", encoding="ascii") as load:
        average = load.read().split()[0]
    kernel = subprocess.run(["uname", "-sr"], check=True, capture_output=True, text=True).stdout.strip()
    cpus = subprocess.run(["nproc"], check=True, capture_output=True, text=True).stdout.strip()
    return f"{kernel}, {cpus} × {', '.join(sorted(models)) or 'CPU'}, load average {average} at the start"
