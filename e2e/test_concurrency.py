"""Many commands at once: labs do not notice each other, writers of one lab wait for each other and say for whom."""
import json
import re
import signal
import time

import pytest

from lib import netstate
from lib.topologies import HOST, PAIR, RICH
from lib.world import BINARY, eventually, sanitizer

LABS = 16
# With everything that could be mixed up: equal names, addresses, ports, a bridge, services that join.
FILE = """
namespaces: {a: {forwarding: true, routes: [10.9.0.0/16 via 10.0.0.2]}, b: }
links: [{endpoints: {a:eth0: 10.0.0.1/24, b:eth0: 10.0.0.2/24}}]
networks: {lan: {subnet: 10.1.0.0/24, endpoints: [a, b]}}
services:
  web: {namespace: a, command: [sleep, "1000"], files: {/srv/me: {content: "${{lab}}"}}}
  side: {join: web, command: [sleep, "1001"]}
  once: {namespace: b, oneshot: true, command: [sh, -c, "hostname; cat /etc/hosts"]}
"""


def all_end_well(processes, code=0):
    """Their outputs, by name. None hangs, whatever the others do."""
    ended = {}
    for name, process in processes.items():
        out, err = process.communicate(timeout=120)
        assert code is None or process.returncode == code, f"{name}: {process.returncode}\n{out}{err}"
        ended[name] = (process.returncode, out, err)
    return ended


def one_of(world, lab):
    """The networks of one lab, without its name."""
    state = netstate.comparable(world, own=False)
    return {key.removeprefix(f"{lab}."): lines for key, lines in state.items() if key.startswith(f"{lab}.")}


def test_one_file_under_sixteen_names(world):
    path = world.topology(FILE)
    names = [f"l{i}" for i in range(LABS)]
    all_end_well({name: world.popen([BINARY, "apply", path, "--name", name]) for name in names})
    status = world.nsbuild("status", "--json").json["labs"]
    assert sorted(lab["name"] for lab in status) == sorted(names)
    pids = [service["pid"] for lab in status for service in lab["services"] if service["pid"]]
    assert len(pids) == len(set(pids)) == 2 * LABS
    for name in names:
        assert world.plan(path, "--name", name, "--detailed-exitcode").code == 0
        assert world.nsbuild("exec", f"{name}/web", "--", "cat", "/srv/me").out == name
    first = one_of(world, "l0")
    assert len(first) >= 3 * 6
    for name in names[1:]:
        eventually(lambda: netstate.difference(first, one_of(world, name)) == [],
                   lambda: "\n".join(netstate.difference(first, one_of(world, name))))
    ended = all_end_well({name: world.popen([BINARY, "destroy", name]) for name in names})
    assert not any("held by" in err for _, _, err in ended.values()), ended
    assert world.residue() == [] and world.leaks() == []


def test_sixteen_labs_come_and_go(world):
    """Each at its own pace, with host ends, and while others end."""
    names = [f"m{i}" for i in range(LABS)]
    for i, name in enumerate(names):
        world.file(f"{name}.yaml", HOST.replace("up0", f"up{i}").replace("172.16.0", f"172.16.{i}")
                   .replace("10.99.0", f"10.99.{i}").replace("10.9.0", f"10.9.{i}").replace("/16", "/24"))
    script = 'for i in 1 2 3; do "$0" apply "$1.yaml" && "$0" apply "$1.yaml" && "$0" destroy "$1" || exit; done'
    ended = all_end_well({name: world.popen(["sh", "-c", script, BINARY, name]) for name in names})
    for name, (_, _, err) in ended.items():
        assert err.count("no changes") == 3 and "held" not in err and "remain" not in err, f"{name}: {err}"
    assert world.residue() == [] and world.leaks() == []


WAITING = re.compile(r"^nsbuild: lab lab is held by pid (\d+) \((\S+) (\w+) .*\); waiting$", re.M)


def test_two_writers_of_one_lab(world):
    slow = "services: {s: {namespace: a, command: 'sleep 1; touch /tmp/$$; exec sleep 9', ready: {command: 'sleep 1'}}}\n"
    path = world.topology(PAIR.replace("10.0.0.1/24", "'10.0.0.${LAST}/24'") + slow)
    first, pid = world.background([BINARY, "apply", path, "--set", "LAST=1"])
    eventually(lambda: world.sh("grep -q . /run/nsbuild/lab/lock", check=False).code == 0, "the first has no lock")
    ended = world.nsbuild("apply", path, "--set", "LAST=5")
    first.communicate()
    assert first.returncode == 0
    who = WAITING.search(ended.err)
    assert who and int(who.group(1)) == pid and who.group(3) == "apply", ended
    assert world.addresses("a", "eth0") == ["10.0.0.5/24"]
    assert world.plan(path, "--set", "LAST=5", "--detailed-exitcode").code == 0
    world.destroy()


def test_eight_writers_of_one_lab(world):
    """Whoever comes last wins whole: nothing of the others is left."""
    path = world.topology(PAIR.replace("10.0.0.1/24", "'10.0.0.${LAST}/24'"))
    for _ in range(3):
        writers = {last: world.popen([BINARY, "apply", path, "--set", f"LAST={last}"]) for last in range(10, 18)}
        all_end_well(writers)
        address, = world.addresses("a", "eth0")
        last = re.match(r"10\.0\.0\.(\d+)/24", address).group(1)
        assert world.plan(path, "--set", f"LAST={last}", "--detailed-exitcode").code == 0
    world.destroy()


SLOW = "namespaces: {a: }\nservices: {s: {namespace: a, command: [sleep, '9'], ready: {command: 'sleep 2'}}}\n"


@pytest.mark.parametrize("argv, code", [
    (["apply", "FILE"], 0), (["destroy", "lab"], 0), (["restart", "lab/s"], 0), (["stop", "lab/s"], 0),
    (["run", "FILE", "--", "true"], 125), (["gc"], 0)], ids=lambda value: value[0] if isinstance(value, list) else "")
def test_who_waits_says_for_whom(world, argv, code):
    path = world.topology(SLOW)
    first, pid = world.background([BINARY, "apply", path])
    eventually(lambda: world.sh("pgrep -x sleep", check=False).code == 0, "the first starts nothing")
    ended = world.nsbuild(*[path if word == "FILE" else word for word in argv], code=code)
    who = re.compile(rf"lab lab is held by pid {pid} \(\S+ apply .*lab\.yaml\)")  # a long path is shortened
    assert who.search(ended.out + ended.err), ended
    assert ("; waiting\n" in ended.err) == (argv != ["gc"]), ended
    first.communicate()
    assert first.returncode == 0
    if argv[0] != "destroy":
        world.destroy()


def test_an_apply_waits_for_a_destroy(world):
    path = world.topology("namespaces: {a: }\nservices: {s: {namespace: a, stop_timeout: 2s, command: "
                          "[sh, -c, \"trap '' TERM; while :; do sleep 1; done\"]}}\n")
    world.apply(path)
    first, pid = world.background([BINARY, "destroy", "lab"])
    eventually(lambda: world.sh("grep -q . /run/nsbuild/lab/lock", check=False).code == 0, "the first has no lock")
    ended = world.apply(path)
    assert re.search(rf"^nsbuild: lab lab is held by pid {pid} \(\S+ destroy lab\); waiting$", ended.err, re.M), ended
    first.communicate()
    assert first.returncode == 0
    assert world.changes(path) == []
    world.destroy()


XDIST = """
import os
import subprocess

import pytest

BINARY, TOPOLOGY, WORKER = os.environ["BINARY"], os.environ["TOPOLOGY"], os.environ["PYTEST_XDIST_WORKER"]


def nsbuild(*argv):
    ended = subprocess.run([BINARY, *argv], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended
    return ended.stdout


@pytest.fixture(scope="session")
def lab():
    nsbuild("apply", TOPOLOGY, "--name", WORKER)
    yield WORKER
    nsbuild("destroy", WORKER)


@pytest.mark.parametrize("number", range(18))
def test_a_lab_for_each_worker(lab, number):
    assert nsbuild("exec", lab + "/web", "--", "cat", "/srv/me") == lab
    nsbuild("restart", lab + "/side")
    assert nsbuild("plan", TOPOLOGY, "--name", lab, "--detailed-exitcode") == "no changes\\n"


@pytest.mark.parametrize("number", range(18))
def test_a_lab_for_each_test(number):
    name = f"{WORKER}-{number}"
    assert nsbuild("run", TOPOLOGY, "--name", name, "--in", "web", "--", "cat", "/srv/me") == name
"""


def test_the_workers_of_xdist(world):
    """As its users have it in CI: a lab for each worker, and one for each test."""
    pytest.importorskip("xdist")
    environment = {"BINARY": str(BINARY), "TOPOLOGY": str(world.topology(FILE))}
    world.has_run_nsbuild = True
    ended = world.run(["/usr/bin/python3", "-m", "pytest", world.file("ci/test_ci.py", XDIST), "-n", "6", "-q", "-p",
                       "no:cacheprovider"], env=environment, timeout=180)
    assert "36 passed" in ended.out, ended
    assert world.residue() == [] and world.leaks() == []


def test_two_that_destroy_all(world):
    path = world.topology(FILE)
    all_end_well({name: world.popen([BINARY, "apply", path, "--name", name]) for name in ("a1", "a2", "a3", "a4")})
    ended = all_end_well({number: world.popen([BINARY, "destroy", "--all"]) for number in range(3)})
    assert not any("remain" in err for _, _, err in ended.values()), ended
    assert world.residue() == [] and world.leaks() == []


def test_a_wait_ends_with_a_signal(world):
    if "tsan" in sanitizer():
        pytest.skip(sanitizer())  # it holds back a signal that is to end flock(2)
    path = world.topology("namespaces: {a: }\nservices: {s: {namespace: a, command: [sleep, '1009'], "
                          f"ready: {{file: {world.dir}/go}}}}}}\n")
    first, pid = world.background([BINARY, "apply", path])
    eventually(lambda: world.sh("grep -q . /run/nsbuild/lab/lock", check=False).code == 0, "the first has no lock")
    second, other = world.background([BINARY, "destroy", "lab"])
    eventually(lambda: world.sh("grep -q -- '->' /proc/locks", check=False).code == 0, "the second does not wait")
    world.kill_in(other, "TERM")
    _, err = second.communicate()
    assert second.returncode == 1 and f"interrupted while lab lab is held by pid {pid} (" in err, err
    world.file("go", "")
    _, err = first.communicate()
    assert first.returncode == 0, err
    world.destroy()


@pytest.mark.parametrize("pause", [0, 0.02, 0.05, 0.1, 0.2, 0.4])
def test_a_destroy_during_an_apply(world, pause):
    """It waits for its turn; then nothing is left."""
    path = world.topology(RICH)
    apply = world.popen([BINARY, "apply", path])
    time.sleep(pause)
    destroy = world.popen([BINARY, "destroy", "lab"])
    ended = all_end_well({"apply": apply, "destroy": destroy}, code=None)
    assert ended["apply"][0] == 0, ended
    assert ended["destroy"][0] == 0, ended
    if "is not up" in ended["destroy"][2]:  # it came before
        world.destroy()
    assert world.residue() == [] and world.leaks() == []


# Goes in again and again; ends as the first visit that does not end well, with the last words of that.
VISITOR = """
code=0
while [ $code = 0 ]; do
  "$0" exec "lab/$1" -- sh -c "echo in; sleep 0.02" >>"$2" 2>"$3"
  code=$?
done
cat "$3" >&2
exit $code
"""


@pytest.mark.parametrize("target", ["web", "ns:server"])
def test_exec_during_a_destroy(world, target):
    """Who is inside a service ends with it; who is in a namespace alone is named. Nobody hangs, and nobody ends but by the
    SIGKILL that his command got or with words for it."""
    path = world.topology(RICH)
    for pause in (0, 0.02, 0.05):
        world.apply(path)
        log = world.file("visits", "")
        visitors = {i: world.popen(["sh", "-c", VISITOR, BINARY, target, log, world.dir / f"words{i}"]) for i in range(4)}
        eventually(lambda: log.read_text().count("in\n") > 8, "no visitor comes in")
        time.sleep(pause)
        ended = world.destroy(check=False)
        assert ended.code == 0 or (ended.code == 3 and "held by pid" in ended.err), ended
        for visit in all_end_well(visitors, code=None).values():
            code, _, words = visit
            assert code == 128 + signal.SIGKILL or (code == 125 and words.startswith("nsbuild: error: ")), visit
        if ended.code == 3:
            eventually(lambda: world.residue() == [], lambda: str(world.residue()))
        world.destroy(check=False)
        assert world.residue() == [], pause


def test_readers_beside_writers(world):
    """status, plan, gc and residue, while labs come and go, never fail and never hang."""
    path = world.topology(FILE)
    script = 'for i in 1 2 3 4; do "$0" apply "$1" --name "$2" && "$0" destroy "$2" || exit; done'
    writers = {f"w{i}": world.popen(["sh", "-c", script, BINARY, path, f"w{i}"]) for i in range(3)}
    readers = {}
    look = 'until [ -e "$0/stop" ]; do "$@" >/dev/null || exit; done'
    for name, argv in {"status": ["status"], "residue": ["status", "--residue"], "gc": ["gc", "--dry-run"],
                       "plan": ["plan", path, "--name", "w0"]}.items():
        readers[name] = world.popen(["sh", "-c", look, world.dir, BINARY, *argv])
    try:
        all_end_well(writers)
    finally:
        (world.dir / "stop").touch()
        ended = all_end_well(readers, code=None)
    assert all(code == 0 for code, _, _ in ended.values()), json.dumps(ended, indent=1)
    assert world.residue() == [] and world.leaks() == []


def test_gc_beside_writers(world):
    """It takes nothing from who works."""
    path = world.topology(FILE)
    script = ('for i in 1 2 3 4; do "$0" apply "$1" --name "$2" && "$0" plan "$1" --name "$2" --detailed-exitcode >/dev/null '
              '&& "$0" destroy "$2" || exit; done')
    writers = {f"w{i}": world.popen(["sh", "-c", script, BINARY, path, f"w{i}"]) for i in range(3)}
    sweeper = world.popen(["sh", "-c", 'until [ -e "$0/stop" ]; do "$1" gc || exit; done', world.dir, BINARY])
    try:
        all_end_well(writers)
    finally:
        (world.dir / "stop").touch()
        ended = all_end_well({"gc": sweeper}, code=None)["gc"]
    assert ended[0] == 0 and "its" not in re.sub(r"left alone: .*", "", ended[1]), ended
    assert world.residue() == [] and world.leaks() == []
