"""Instants at which two commands may meet, made long by strace(1): nobody takes the other for what he is not."""
import re
import shutil

import pytest

from lib import strace
from lib.topologies import HOST, PAIR, SERVICES
from lib.world import BINARY, eventually


def slowly(world, calls, how, *argv):
    """Starts a command of nsbuild that takes long for certain calls. Returns it with the log of those calls."""
    if not shutil.which("strace"):
        pytest.skip("needs strace (apt install strace)")
    log = world.dir / "slow"
    log.write_text("")
    world.has_run_nsbuild = True
    return world.popen(["strace", "-f", "-o", log, "-e", f"trace={calls}", "-e", f"inject={calls}:{how}", BINARY, *argv]), log


def ends(process, code=0):
    out, err = process.communicate(timeout=60)
    assert process.returncode == code, out + err
    return out + err


def test_who_looks_at_a_namespace_does_not_hold_it(world):
    """A reader inside one that is removed meanwhile is gone in a moment; nobody is told that the namespace is held."""
    path = world.topology(PAIR)
    for argv in (["status", "--residue"], ["status"], ["plan", path]):
        world.apply(path)
        reader, log = slowly(world, "setns", "delay_exit=100000", *argv)
        eventually(lambda: "setns" in log.read_text(), "the reader looks at nothing")
        ended = world.destroy()
        assert "held" not in ended.err, ended
        reader.communicate(timeout=60)
        assert world.residue() == [], argv


def test_who_has_just_opened_a_namespace_does_not_hold_it(world):
    """The same before it goes in: a descriptor of nsbuild's own is gone in a moment."""
    path = world.topology(PAIR)
    for argv in (["status"], ["plan", path]):
        world.apply(path)
        reader, log = slowly(world, "setns", "delay_enter=300000:when=1", *argv)
        eventually(lambda: "setns" in log.read_text(), "the reader looks at nothing")
        assert "held" not in world.destroy().err
        reader.communicate(timeout=60)
        assert world.residue() == [], argv


def test_who_destroys_one_lab_does_not_hold_another(world):
    """It asks the namespaces that processes are in whose they are."""
    world.apply(world.file("one.yaml", SERVICES))
    world.apply(world.file("two.yaml", SERVICES))
    destroyer, log = slowly(world, "setns", "delay_exit=50000", "destroy", "one")
    eventually(lambda: log.read_text().count("setns") > 1, "it asks nobody")
    assert "held" not in world.destroy("two").err
    assert "held" not in ends(destroyer)


def test_the_run_directory_goes_while_an_apply_needs_it(world):
    """The last lab's destroy removes it, between the two calls that make it and the lab's own directory in it."""
    world.apply(world.file("other.yaml", PAIR))
    apply, log = slowly(world, "mkdir", "delay_enter=2000000:when=2", "apply", world.topology(PAIR))
    eventually(lambda: "EEXIST" in log.read_text(), "it makes no run directory")
    world.destroy("other")
    ends(apply)
    assert world.changes(PAIR) == []
    world.destroy()


def test_gc_takes_no_lab_that_comes_meanwhile(world):
    """Services whose lab is gone are garbage. Before it has a lock for them, an apply makes that lab anew."""
    path = world.topology(SERVICES)
    world.apply(path)
    world.sh("rm -r /run/nsbuild; for n in a b; do ip netns del lab.$n; done")
    gc, log = slowly(world, "mkdir", "delay_enter=2000000:when=1", "gc")
    eventually(lambda: log.read_text(), "it takes nothing")
    world.apply(path)
    assert "lab lab: " not in ends(gc)
    assert world.changes(path) == []
    world.destroy()


def test_gc_takes_nothing_from_who_removes_it(world):
    """A lab's directory, half removed by somebody who is at it."""
    world.apply(HOST)
    destroy, _ = slowly(world, "rmdir,unlinkat", "delay_enter=100000", "destroy", "lab")
    seen = 0
    while destroy.poll() is None:
        seen += world.sh("test -e /run/nsbuild/.nsbuild-removes.lab", check=False).code == 0
        ended = world.nsbuild("gc")
        assert "directory was being removed" not in ended.out and "lab lab:" not in ended.out, ended
    told = ends(destroy)
    assert "remain" not in told and seen
    holder = r"pid \d+ \(\S+ gc\)|another nsbuild"  # who has let go by the time that it is looked who it is
    assert all(re.search(rf"is held by (?:{holder}); waiting$", line) for line in told.splitlines() if "held" in line), told
    assert world.residue() == [] and world.leaks() == []


def test_who_waits_for_one_that_only_looks_is_told_so(world):
    """The lock's file names one who was killed; the kernel knows better."""
    world.apply(PAIR)
    world.sh("echo 999999 >/run/nsbuild/lab/lock")
    gc, _ = slowly(world, "setns", "delay_exit=500000", "gc")
    eventually(lambda: world.sh("grep -q ': FLOCK' /proc/locks", check=False).code == 0, "it looks at nothing")
    told = world.destroy().err
    assert re.search(r"is held by pid \d+ \(\S+ gc\); waiting\n", told), told
    ends(gc)


def test_gc_leaves_a_spawner_that_is_about_to_end(world):
    """Its nsbuild has ended, and it has not noticed yet."""
    path = world.topology(SERVICES)
    apply = world.popen(["strace", "-f", "-o", world.dir / "slow", "-e", "trace=recvmsg", "-e",
                         "inject=recvmsg:delay_exit=100000", BINARY, "run", path, "--", "true"])
    while apply.poll() is None:
        ended = world.nsbuild("gc")
        assert "outlived" not in ended.out, ended
    ends(apply)


def test_two_labs_that_want_the_same_host_route(world):
    """Both have found that it is nobody's: the first to write down that it means to make it has it."""
    path = world.topology("namespaces: {host: {routes: [blackhole 10.99.0.0/16]}, a: }\n")
    first, log = slowly(world, "rename", "delay_enter=2000000:when=1", "apply", path, "--name", "one")
    eventually(lambda: log.read_text(), "it writes nothing down")
    refused = world.apply(path, "--name", "two", code=1)
    assert "route host 10.99.0.0/16 belongs to lab one" in refused.err, refused
    ends(first)
    assert world.plan(path, "--name", "one", "--detailed-exitcode").code == 0
    world.destroy("one")
    assert world.sh("ip route show type blackhole").out == ""


@pytest.mark.parametrize("topology, how, there", [
    (HOST, "ip link add up0 type bridge", "up0"), (PAIR, "ip netns add lab.b", "lab.b")], ids=["device", "namespace"])
def test_what_somebody_puts_at_a_name_while_an_apply_is_under_way(world, topology, how, there):
    """The apply has looked already. It fails then, and what it made is undone; what is somebody's stays."""
    apply, log = slowly(world, "unshare", "delay_enter=2000000:when=1", "apply", world.topology(topology))
    eventually(lambda: log.read_text(), "it makes no namespace")
    world.sh(how)
    told = ends(apply, code=1)
    assert there in told and "everything was put back as it was" in told, told
    assert world.sh("ls /run/netns; ip -br link show type bridge; ls /run/nsbuild 2>/dev/null || :").out.split()[:1] == [there]
    assert [line for line in world.leaks() if there not in line and "lladdr" not in line] == []
    world.sh("ip link del up0 2>/dev/null; ip netns del lab.b 2>/dev/null; :")


THROUGH = """
namespaces: {host: {routes: [10.99.0.0/16 via 172.16.N.2]}, a: }
links: [{endpoints: {host:upN: 172.16.N.1/30, a:eth0: 172.16.N.2/30}}]
"""


def test_two_labs_that_lead_the_same_host_route_elsewhere(world):
    """Both have found that it is nobody's. No record tells of it, but the device that it goes through has a mark."""
    one, two = (world.file(f"{name}.yaml", THROUGH.replace("N", number)) for name, number in (("one", "0"), ("two", "1")))
    late, log = slowly(world, "unshare", "delay_enter=4000000:when=1", "apply", two)
    eventually(lambda: log.read_text(), "it makes no namespace")
    world.apply(one)
    there = world.sh("ip route").out
    told = ends(late, code=1)
    assert "route host 10.99.0.0/16: " in told and "EEXIST" in told, told
    assert world.sh("ip route").out == there and "dev up0" in there
    assert world.plan(one, "--detailed-exitcode").code == 0
    world.destroy("one")
    world.apply(two)
    world.destroy("two")


def test_a_namespace_that_somebody_puts_in_place_of_a_labs(world):
    """While its destroy is at another one: it has seen the old one there."""
    world.apply(PAIR)
    destroy, log = slowly(world, "umount2", "delay_enter=2000000:when=1", "destroy", "lab")
    other = {"a": "b", "b": "a"}[eventually(lambda: log.read_text(), "it unmounts nothing").split("/run/netns/lab.")[1][0]]
    world.sh(f"ip netns del lab.{other}; ip netns add lab.{other}; ip -n lab.{other} link set lo alias mine")
    ends(destroy)
    assert world.namespaces() == [f"lab.{other}"]
    assert world.ip(other, "link", "show", "lo").out.count("alias mine") == 1
    world.sh(f"ip netns del lab.{other}")


def test_a_directory_that_becomes_a_link_while_a_file_is_made_below_it(world):
    """Whose it is may do that at any time. What is made for a service is made in a file system of the service's own."""
    home, elsewhere = world.dir / "home", world.dir / "elsewhere"
    home.mkdir()
    elsewhere.mkdir()
    path = world.topology(f"""
        namespaces: {{a: }}
        services: {{s: {{namespace: a, command: [sleep, "1000"], files: {{{home}/one/two/file: {{content: mine}}}}}}}}
        """)
    run, log = slowly(world, "mkdirat", "delay_enter=700000", "run", path, "--", "true")
    eventually(lambda: re.search(r'one", 0755', log.read_text()), "it makes nothing")
    home.rename(world.dir / "moved")
    home.symlink_to(elsewhere)
    ends(run)
    assert list(elsewhere.iterdir()) == list((world.dir / "moved").iterdir()) == []


@pytest.mark.parametrize("topology", [PAIR, SERVICES], ids=["pair", "services"])
def test_every_pin_that_cannot_be_unlinked_is_named(world, topology):
    world.apply(topology)
    ended = strace.inject(world, "unlink", "error=EBUSY", [BINARY, "destroy", "lab"])
    assert ended.code == 3, ended
    for name in "a", "b":
        assert f"/run/netns/lab.{name}: Device or resource busy (EBUSY)" in ended.err.split("this remains", 1)[1], ended
    assert {thing["name"] for thing in world.residue("lab")} >= {"/run/netns/lab.a", "/run/netns/lab.b"}
    world.destroy()
