"""One job in a world of its own: runs whole commands, one after the other, and prints how long each took as JSON."""
import json
import os
import subprocess
import sys
import tempfile
import time

ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8"}


def timed(*argv, stdin="/dev/null"):
    """Seconds of wall time and the peak of resident memory in MB. That cannot be less than this program's own (getrusage(2)
    counts what was there before the exec): about 12 MB."""
    with tempfile.TemporaryFile() as errors:
        actions = [(os.POSIX_SPAWN_OPEN, 0, stdin, os.O_RDONLY, 0), (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0),
                   (os.POSIX_SPAWN_DUP2, errors.fileno(), 2)]
        start = time.perf_counter()
        pid = os.posix_spawnp(argv[0], argv, ENVIRONMENT, file_actions=actions)
        _, status, usage = os.wait4(pid, 0)
        seconds = time.perf_counter() - start
        errors.seek(0)
        if status:
            sys.exit(f"{' '.join(argv)}: status {status}\n{errors.read().decode()[-2000:]}")
    return seconds, usage.ru_maxrss / 1024


def alternate(runs, **commands):
    """Each command in turns; all of its times."""
    times = {name: [] for name in commands}
    for _ in range(runs):
        for name, argv in commands.items():
            times[name].append(timed(*argv)[0])
    return times


def core(nsbuild, floor, path, changed, lab):
    """A lab's life: up, up again, changed, down."""
    watch = subprocess.Popen([floor, "sentinel"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    watch.stdout.readline()
    found = {}
    found["apply"], found["memory"] = timed(nsbuild, "apply", "-q", path)
    found["again"], _ = timed(nsbuild, "apply", "-q", path)
    found["plan"], _ = timed(nsbuild, "plan", path)
    if changed:
        found["plan changed"], _ = timed(nsbuild, "plan", changed)
        found["apply changed"], _ = timed(nsbuild, "apply", "-q", "--take-over", changed)
    found["validate"], _ = timed(nsbuild, "validate", "-q", path)
    start = time.perf_counter()
    found["destroy"], _ = timed(nsbuild, "destroy", "-q", lab)
    watch.communicate("\n")
    found["quiescent"] = time.perf_counter() - start
    return found


def bottom(floor, lines, services):
    """The floor's own figures; its work on them, not on reading what it is to do."""
    mode = ["--services", services] if services else []
    with open(lines, encoding="ascii") as text:
        return json.loads(subprocess.run([floor, "lab", *mode, "floor"], stdin=text, check=True, capture_output=True).stdout)


def peer(argv):
    """The time that another tool takes to build."""
    return {"build": timed(*argv)[0]}


def one_place(nsbuild, path):
    """A lab up, up again and down."""
    found = {}
    found["apply"], found["memory"] = timed(nsbuild, "apply", "-q", path)
    found["again"], _ = timed(nsbuild, "apply", "-q", path)
    found["destroy"], _ = timed(nsbuild, "destroy", "-q")
    return found


def batch_of_routes(path):
    """`ip -batch` alone, in a namespace that has all it needs but the routes."""
    for command in ("ip netns add a", "ip netns add b", "ip -n a link add eth0 type veth peer name eth0 netns b",
                    "ip -n a address add 10.0.0.1/24 dev eth0", "ip -n a link set eth0 up", "ip -n b link set eth0 up"):
        subprocess.run(command.split(), check=True)
    return {"build": timed("ip", "-n", "a", "-batch", path)[0]}


def start_up(nsbuild, runs):
    return alternate(runs, true=["/bin/true"], version=[nsbuild, "--version"])


def enter(nsbuild, path, lab, place, runs):
    """Two ways into one of the namespaces of a lab."""
    timed(nsbuild, "apply", "-q", path)
    return alternate(runs, nsbuild=[nsbuild, "exec", f"{lab}/{place}", "--", "/bin/true"],
                     ip=["ip", "netns", "exec", f"{lab}.{place}", "/bin/true"])


def one_service(floor, lines, rootfs, commands, runs):
    """Other tools' ways to run one isolated command to its end, while the namespaces of a lab are pinned. `rootfs` becomes
    the machine's root once more, for those that pivot_root(2) into it."""
    subprocess.run(["mount", "--bind", "/", rootfs], check=True)
    with open(lines, encoding="ascii") as text:
        subprocess.run([floor, "lab", "--keep", "pinned"], stdin=text, check=True, capture_output=True)
    return alternate(runs, **commands)


if __name__ == "__main__":
    jobs = {job.__name__: job for job in (core, bottom, peer, one_place, batch_of_routes, start_up, enter, one_service)}
    print(json.dumps(jobs[sys.argv[1]](**json.loads(sys.argv[2]))))
