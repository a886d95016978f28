"""Examples in tests: one of them up, and what one does in it as its first lines say."""
import contextlib
import re

from lib import debian
from lib.world import EXAMPLES, read_line, steps

SLOW = 180  # seconds that daemons may take to find each other on a machine that is busy with other tests


@contextlib.contextmanager
def lab(world, name):
    """An example, up; in the end it can be as the file says, whatever its daemons did, and leaves nothing."""
    path = EXAMPLES / f"{name}.yaml"
    options = debian.options(path)
    world.apply(path, *options, timeout=SLOW)
    yield
    world.apply(path, *options, timeout=SLOW)
    assert steps(world.plan(path, *options).out) == []
    world.destroy(path, *options, timeout=SLOW)
    assert world.leaks() == []


def execute(world, where, *argv, **options):
    return world.nsbuild("exec", where, "--", *argv, **options)


def fetch(world, where, url, *options):
    """What curl gets at the first try; None when it fails."""
    ended = execute(world, where, "curl", "-sS", "--fail", "--max-time", "5", *options, url, check=False)
    return ended.out.strip() if ended.code == 0 else None


def reaches(world, where, to, *options):
    return execute(world, where, "ping", "-c1", "-W2", *options, to, check=False).code == 0


def way(world, where, to):
    """Gateway and device that the kernel would take now; a gateway of None is the segment itself."""
    ended = execute(world, where, "ip", "-j", "route", "get", to, check=False)
    return (ended.json[0].get("gateway"), ended.json[0]["dev"]) if ended.code == 0 else None


def logs(world, service):
    return world.nsbuild("logs", service).out


@contextlib.contextmanager
def capture(world, namespace, device, *expression):
    """The packets on a device, as lines of tcpdump(8); complete when the block is left."""
    packets = []
    process, pid = world.background(
        ["sh", "-c", 'exec ip netns exec "$@" 2>&1', "sh", namespace, "tcpdump", "--immediate-mode", "-lnne", "-i",
         device, *expression])
    while b"listening on" not in (line := read_line(process)):
        assert line, "tcpdump did not start"
    yield packets
    world.kill_in(pid, "INT")
    packets += [line for line in process.communicate()[0].splitlines() if re.match(r"\d\d:\d\d:\d\d\.", line)]
