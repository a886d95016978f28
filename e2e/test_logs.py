"""What services write: all of it is in their logs, in two files at most, and can be read while it is written."""
import re
import time

import pytest

from lib.world import BINARY, eventually

SLEEP = "exec sleep infinity"
LOGS = "/run/nsbuild/lab/log"


def lab(*services):
    return "namespaces: {here: }\nservices:\n" + "".join(
        f"  {name}: {{{'' if 'join:' in body else 'namespace: here, '}{body}}}\n" for name, body in services)


def until(world, name):
    return f"until [ -e {world.dir}/{name} ]; do sleep 0.05; done"


def last(world, service, **options):
    return world.nsbuild("logs", "-n", "1", service, **options).out


def size(world, name):
    return int(world.sh(f"stat -c %s {LOGS}/{name} 2>/dev/null || echo 0").out)


def inits(world):
    """PIDs of the inits and supervisors in a world."""
    return world.sh("pgrep -x 'nsbuild-init|nsbuild-joined'").out.split()


@pytest.fixture
def counting(world):
    """Writes 1 to 9, then pauses, then `late`."""
    world.apply(lab(("web", f"command: 'seq 9; {until(world, 'go')}; echo late; {SLEEP}'")))
    eventually(lambda: world.nsbuild("logs", "web").out.endswith("9\n"), "it does not write")
    return world


def test_tail(counting):
    world = counting
    assert world.nsbuild("logs", "web").out == "".join(f"{i}\n" for i in range(1, 10))
    assert world.nsbuild("logs", "--tail", "2", "web").out == "8\n9\n"
    assert world.nsbuild("logs", "-n", "0", "web").out == ""
    assert world.nsbuild("logs", "-n", "100", "web").out.startswith("1\n")
    follower, _ = world.background([BINARY, "logs", "-f", "-n", "1", "web"])
    assert follower.stdout.readline() == "9\n"
    (world.dir / "go").touch()
    assert follower.stdout.readline() == "late\n"
    world.destroy()
    follower.communicate()


def test_since(counting):
    world = counting
    time.sleep(1.1)  # times on the command line are whole seconds
    mark = world.sh("date -u +%Y-%m-%dT%H:%M:%SZ").out.strip()
    (world.dir / "go").touch()
    eventually(lambda: "late" in world.nsbuild("logs", "web").out, "it does not go on")
    everything = world.nsbuild("logs", "web").out
    assert world.nsbuild("logs", "--since", "1h", "web").out == everything
    assert world.nsbuild("logs", "--since", mark, "web").out == "late\n"
    assert world.nsbuild("logs", "--since", mark, "--tail", "5", "web").out == "late\n"
    ended = world.nsbuild("logs", "--since", "whenever", "web", code=2)
    assert "--since whenever: expected how long ago" in ended.err
    world.destroy()


@pytest.mark.parametrize("user", ["root", "nobody"])
def test_standard_output_can_be_opened_anew(world, user):
    """As daemons do that are told to log to /dev/stdout: `>` empties nothing."""
    world.apply(lab(("web", f"user: {user}, command: 'echo a; echo b > /dev/stdout; echo c >> /dev/stderr; "
                            f"echo d > /proc/self/fd/1; {SLEEP}'")))
    eventually(lambda: last(world, "web") == "d\n", lambda: world.nsbuild("logs", "web").out)
    assert world.nsbuild("logs", "web").out == "a\nb\nc\nd\n"
    world.destroy()


def test_a_oneshots_last_words_are_there_at_once(world):
    numbers = "".join(f"{i}\n" for i in range(1, 5001))
    services = [(f"job{i}", "oneshot: true, command: 'seq 5000'") for i in range(8)]
    for _ in range(3):
        world.apply(lab(*services))
        for name, _ in services:
            assert world.nsbuild("logs", name).out == numbers
        failed = world.apply(lab(*services, ("bad", "oneshot: true, command: 'seq 5000; exit 3'")), check=False)
        assert failed.code == 1
        assert "its log ends with\n" + "".join(f"    {i}\n" for i in range(4981, 5001)) in failed.err
        world.destroy()


def test_two_files_and_no_line_lost(world):
    """6 MB, then 19 more while somebody follows: each file is put aside when it has 10 MB."""
    world.apply(lab(("web", f"command: 'seq -f %099.0f 60000; {until(world, 'go')}; seq -f %099.0f 60001 250000; "
                            f"{until(world, 'more')}; echo again; {SLEEP}'")))
    number = lambda line: int(line.lstrip("0"))
    eventually(lambda: last(world, "web").lstrip("0") == "60000\n", "it does not write")
    follower, _ = world.background([BINARY, "logs", "-f", "-n", "1", "web"])
    assert number(follower.stdout.readline()) == 60000
    (world.dir / "go").touch()
    followed = [number(follower.stdout.readline()) for _ in range(190000)]
    assert followed == list(range(60001, 250001))
    lines = world.nsbuild("logs", "web").out.splitlines()
    assert all(len(line) == 99 for line in lines)
    assert [number(line) for line in lines] == list(range(number(lines[0]), 250001))
    assert 10 << 20 <= len(lines) * 100 == size(world, "web.1") + size(world, "web") <= 21 << 20
    assert world.sh(f"ls {LOGS}").out == "web\nweb.1\n"
    assert world.nsbuild("logs", "-n", "150000", "web").out.splitlines() == lines[-150000:]
    mark = world.sh("date -u +%Y-%m-%dT%H:%M:%SZ; sleep 1.1").out.strip()
    (world.dir / "more").touch()
    assert follower.stdout.readline() == "again\n"
    assert world.nsbuild("logs", "--since", mark, "web").out.endswith("\nagain\n") or \
        world.nsbuild("logs", "--since", mark, "web").out == "again\n"
    world.nsbuild("restart", "web")  # it goes on in the same log
    eventually(lambda: last(world, "web") == "again\n" and size(world, "web.1") > 0, "it does not write")
    world.destroy()
    follower.communicate()
    assert world.sh("ls -A /run/nsbuild 2>/dev/null", check=False).out == ""


def test_a_flood_holds_nobody_up(world):
    path = world.topology(lab(("loud", "command: [yes]"),
                              ("quiet", f"join: loud, command: 'echo hello; {SLEEP}', ready: {{log: hello}}")))
    world.apply(path)
    eventually(lambda: size(world, "loud.1") > 0, "it does not write")
    assert world.nsbuild("exec", "quiet", "--", "echo", "inside").out == "inside\n"
    world.nsbuild("restart", "quiet")
    eventually(lambda: world.nsbuild("logs", "quiet").out == "hello\nhello\n", "it was not started again")
    assert world.nsbuild("restart", "loud").code == 0
    assert world.nsbuild("stop", "loud").err == "nsbuild: service loud: stopped\n"
    assert world.nsbuild("logs", "-n", "2", "loud").out == "y\ny\n"
    assert size(world, "loud") + size(world, "loud.1") < 24 << 20
    world.destroy()


def test_a_full_disk_stops_no_service(world):
    """What could not be written is missing, and the log says how much."""
    small = {"NSBUILD_RUN_DIR": "/run/small"}
    world.sh("mkdir -m 700 /run/small; mount -t tmpfs -o size=600k,mode=700 tmpfs /run/small; "
             "dd if=/dev/zero of=/run/small/.filler bs=1k count=300 2>/dev/null")
    world.apply(lab(("web", f"command: 'echo first; {until(world, 'up')}; seq -f %099.0f 10000; "
                            f"touch {world.dir}/through; {until(world, 'go')}; echo last; {SLEEP}'")), env=small)
    (world.dir / "up").touch()
    eventually(lambda: (world.dir / "through").exists(), "it is blocked")
    assert world.sh("df --output=avail /run/small | tail -n 1").out.strip() == "0"
    assert " running" in world.nsbuild("status", env=small).out
    world.sh("rm /run/small/.filler")
    (world.dir / "go").touch()
    eventually(lambda: last(world, "web", env=small) == "last\n", lambda: last(world, "web", env=small))
    log = world.nsbuild("logs", "web", env=small).out
    lost = re.search(r"\nnsbuild: (\d+) bytes are missing here: no space was left\nlast\n\Z", log)
    assert lost, log[-300:]
    whole = "first\n" + "".join(f"{i:099d}\n" for i in range(1, 10001))
    kept = log[:lost.start()]
    assert whole.startswith(kept) and len(whole) - len(kept) - int(lost.group(1)) in (0, 1)  # the end of a line
    world.destroy(env=small)
    world.sh("umount /run/small; rmdir /run/small")


def test_who_has_nothing_to_do_sleeps(world):
    """The inits of services that say nothing are never woken."""
    world.apply(lab(("web", f"command: 'echo up; {SLEEP}', ready: {{log: up}}"),
                    ("joined", f"join: web, command: 'echo up; {SLEEP}', ready: {{log: up}}"),
                    ("job", "oneshot: true, command: 'echo done'")))
    switches = lambda: world.sh("grep -h _ctxt_switches " + " ".join(f"/proc/{pid}/status" for pid in inits(world))).out
    assert switches().count("\n") == 6
    calm = lambda seconds: switches() == (time.sleep(seconds), switches())[1]
    eventually(lambda: calm(0.5), "they do not come to rest")
    assert calm(5)
    world.destroy()
