"""Fixtures: a world for every test, with a look at what it left behind; and a look at the machine after all of them."""
import os
import signal

import pytest

from lib import inventory
from lib.watch import Watch
from lib.world import BINARY, PATIENCE, World, eventually

GRACE = PATIENCE / 12  # seconds that a process which was told to end may take until it counts as left behind


def pytest_configure():
    # What a shell starts in the background has SIGINT ignored, and so would have all that the tests start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    # Before pytest-xdist starts its workers. The same every time, or a change would be told off for what it did not do.
    os.environ.setdefault("NSBUILD_E2E_SEED", "1")
    if not BINARY.exists():
        raise pytest.UsageError(f"there is no {BINARY}; build nsbuild, or point NSBUILD at it")


def pytest_sessionstart(session):
    if not hasattr(session.config, "workerinput"):  # the controller of pytest-xdist, or the only process
        session.config.machine = inventory.machine()


def pytest_sessionfinish(session):
    before = getattr(session.config, "machine", None)
    if before is None:
        return
    changed = inventory.difference(before, inventory.machine())
    if changed:
        session.config.machine_changed = changed
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter, config):
    terminalreporter.write_line(f"samples are those of NSBUILD_E2E_SEED={os.environ['NSBUILD_E2E_SEED']}")
    for line in getattr(config, "machine_changed", []):
        terminalreporter.write_line(f"the machine is not as before: {line}", red=True)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.skipped and os.environ.get("NSBUILD_E2E_NO_SKIP"):  # where everything that a test needs has to be there
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be: {report.longrepr[-1]}"
    if call.when == "call":
        item.failed = report.failed


@pytest.fixture(scope="session")
def watch():
    if os.geteuid() != 0:
        pytest.skip("needs root: worlds are made with unshare(2)")
    watch = Watch()
    yield watch
    watch.close()


@pytest.fixture
def make_world(request, watch):
    """Makes worlds; each must end as it began. A test that failed already is spared the question."""
    worlds = []
    descriptors = set(os.listdir("/proc/self/fd"))

    def make():
        worlds.append(World(watch))
        return worlds[-1]

    yield make
    leaks = []
    for world in worlds:
        if not getattr(request.node, "failed", True):
            leaks += left_behind(world)
        world.close()
    assert not leaks, "left behind in the world:\n" + "\n".join(leaks)
    # Fewer are none left open: Python closes those of a test before, that failed, when it comes to it.
    assert set(os.listdir("/proc/self/fd")) <= descriptors or getattr(request.node, "failed", True)


@pytest.fixture
def world(make_world):
    return make_world()


def left_behind(world):
    """As an independent reader sees it, and as nsbuild does."""
    try:
        eventually(lambda: not world.leaks(), "", timeout=GRACE)
    except AssertionError:
        return world.leaks()
    return [f"nsbuild: {thing}" for thing in world.residue()] if world.has_run_nsbuild else []
