"""The harness itself: that its checks see what they are there to see."""
import pytest

from lib.world import BINARY, eventually


def test_a_world_is_its_own(world):
    assert world.sh("hostname; ls /run/netns; echo $$").out.splitlines()[0] == "world"
    assert [link["ifname"] for link in world.ip_json(None, "link")] == ["lo", "sentinel"]
    assert world.leaks() == []


def test_an_orphan_is_reaped(world):
    world.sh("(sleep 0.05 & exec true) & wait")
    eventually(lambda: not world.leaks(), lambda: str(world.leaks()))


@pytest.mark.parametrize("mess, undo, seen", [
    ("ip netns add forgotten", "ip netns del forgotten", "namespaces: left behind: forgotten"),
    ("ip link add name v0 type veth peer name v1", "ip link del v0", "links: left behind:"),
    ("ip addr add 10.9.9.9/32 dev lo", "ip addr del 10.9.9.9/32 dev lo", "addresses: left behind:"),
    ("ip route add blackhole 10.9.0.0/16", "ip route del blackhole 10.9.0.0/16", "routes: left behind:"),
    ("ip rule add from 10.9.0.0/16 table 9", "ip rule del from 10.9.0.0/16 table 9", "rules: left behind:"),
    ("mkdir /run/x; mount -t tmpfs x /run/x", "umount /run/x; rmdir /run/x", "mounts: left behind: / /run/x"),
    ("mkdir -p /run/nsbuild/lab; : > /run/nsbuild/lab/journal", "rm -r /run/nsbuild/lab", "/run/nsbuild/lab/journal f"),
    ("sleep 1000 >/dev/null 2>&1 & echo $! > /run/sleep", "kill $(cat /run/sleep); rm /run/sleep", "sleep 1000"),
    ("setsid unshare --pid --fork sleep 1001 >/dev/null 2>&1 & sleep 0.2", "kill -9 $(pidof sleep)", "sleep 1001"),
], ids=lambda value: value.split()[0] if " " in value else None)
def test_a_leak_is_seen(world, mess, undo, seen):
    world.sh(mess)
    assert any(seen in line for line in world.leaks()), world.leaks()
    world.sh(undo)
    eventually(lambda: not world.leaks(), lambda: str(world.leaks()))


def test_a_hanging_command_is_ended_and_shown(make_world):
    world = make_world()
    with pytest.raises(AssertionError, match="hung: sleep 1002(.|\n)*sleep 1002"):
        world.run(["sleep", "1002"], timeout=0.3)
    world.start = {}  # it is dead


def test_the_binary_runs(world):
    assert world.nsbuild("--version").out.startswith("nsbuild "), BINARY
